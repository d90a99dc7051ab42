/** A secret that was found where it must not be, named and never repeated. */
export type Leak = { secret: string; where: string; spelling: string };

/** Shorter ones turn up by chance. */
const leastLength = 8;
/** Smaller numbers are no keys, and as bytes are mostly zeros. */
const leastNumber = 1n << 64n;

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
  const value = numberIn(text);
  if (value !== undefined && value >= leastNumber) {
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

/** Up to 32 bytes of hex, or decimal; 64 digits are hex, as they are to a relayer. */
function numberIn(text: string): bigint | undefined {
  if (/^0x[0-9a-f]{1,64}$/i.test(text)) return BigInt(text);
  if (/^[0-9a-f]{64}$/i.test(text)) return BigInt(`0x${text}`);
  return /^[0-9]{1,78}$/.test(text) ? BigInt(text) : undefined;
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
