/** A secret that was found where it must not be, named and never repeated. */
export type Leak = { secret: string; where: string; spelling: string };

/** Shorter ones turn up by chance. */
const leastLength = 8;

/** The ways in which a secret may have been written down: as it is, as the number that it stands for, as bytes. */
export function spellings(secret: string): Record<string, string> {
  const text = secret.trim();
  const bytes = Buffer.from(text, "utf8");
  const all: Record<string, string> = {
    "as it is": text,
    "base64 of the text": unpadded(bytes.toString("base64")),
    "hex of the text": bytes.toString("hex"),
    "percent-encoded": encodeURIComponent(text),
  };
  if (/^(0x[0-9a-f]{1,64}|[0-9]{1,78}|[0-9a-f]{64})$/i.test(text)) {
    const value = BigInt(
      /^([0-9]{1,78}|0x.*)$/i.test(text) && !/^[0-9]{64}$/.test(text) ? text : `0x${text.replace(/^0x/i, "")}`,
    );
    const hex = value.toString(16).padStart(64, "0");
    const word = Buffer.from(hex, "hex");
    Object.assign(all, {
      hex: value.toString(16), // is in 0x…, and in the padded word
      decimal: value.toString(),
      base64: unpadded(word.toString("base64")),
      base64url: word.toString("base64url"),
      "list of bytes": word.join(","),
      "raw bytes": word.toString("latin1"),
      "raw bytes, last first": Buffer.from(word).reverse().toString("latin1"),
    });
  }
  return Object.fromEntries(Object.entries(all).filter(([, each]) => each.length >= leastLength));
}

/** @param secrets by name @param text read as latin1, so that raw bytes are found too */
export function leaksIn(secrets: Readonly<Record<string, string>>, where: string, text: string): Leak[] {
  const lower = text.toLowerCase();
  return Object.entries(secrets).flatMap(([secret, value]) =>
    Object.entries(spellings(value)).flatMap(([spelling, form]) =>
      text.includes(form) || (isCaseless(spelling) && lower.includes(form.toLowerCase()))
        ? [{ secret, where, spelling }]
        : [],
    ),
  );
}

const isCaseless = (spelling: string) => ["as it is", "hex", "hex of the text", "percent-encoded"].includes(spelling);
const unpadded = (text: string) => text.replace(/=+$/, "");
