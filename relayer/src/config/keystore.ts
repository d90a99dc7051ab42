import { createCipheriv, createDecipheriv, randomBytes, randomUUID, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { concat, hexToBytes, keccak256, type Hex } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { z } from "zod";
import { ConfigError } from "../runtime/errors.ts";

/** Web3 Secret Storage, version 3: AES-128-CTR under a key that scrypt derives from the passphrase, and a keccak MAC. */
const hex = z.string().regex(/^([0-9a-fA-F]{2})+$/);
const keystoreSchema = z.object({
  version: z.literal(3),
  address: z
    .string()
    .regex(/^(0x)?[0-9a-fA-F]{40}$/)
    .optional(),
  crypto: z.object({
    cipher: z.literal("aes-128-ctr"),
    ciphertext: hex.length(64),
    cipherparams: z.object({ iv: hex.length(32) }),
    kdf: z.literal("scrypt"),
    kdfparams: z
      .object({
        dklen: z.literal(32),
        n: z.number().int().min(2),
        r: z.number().int().min(1),
        p: z.number().int().min(1).max(64),
        salt: hex,
      })
      // RFC 7914, section 2.
      .refine(
        ({ n, r }) => Number.isInteger(Math.log2(n)) && Math.log2(n) < 16 * r,
        "n is a power of two below 2^(16r)",
      ),
    mac: hex.length(64),
  }),
});

export type Keystore = z.output<typeof keystoreSchema> & { id?: string };
type ScryptCost = { n: number; r: number; p: number };

/** The cost that other wallets use: about a second, 256 MiB. */
const standardCost: ScryptCost = { n: 262_144, r: 8, p: 1 };
/** A file must not make the process take more than this for one key, bytes. */
const mostMemory = 2 ** 30;

const scryptKey = promisify<string, Uint8Array, number, object, Buffer>(scrypt);

async function deriveKey(passphrase: string, salt: Uint8Array, { n, r, p }: ScryptCost): Promise<Buffer> {
  // What OpenSSL counts, and a little more.
  return scryptKey(passphrase.normalize("NFKC"), salt, 32, { N: n, r, p, maxmem: 128 * r * (n + p + 2) + 2 ** 20 });
}

const macOf = (derived: Buffer, ciphertext: Uint8Array): Uint8Array =>
  keccak256(concat([derived.subarray(16, 32), ciphertext]), "bytes");

/** Encrypts 32 secret bytes. `cost` is for tests; @default what wallets use. */
export async function encryptKeystore(
  secret: Hex,
  passphrase: string,
  cost: ScryptCost = standardCost,
): Promise<Keystore> {
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const derived = await deriveKey(passphrase, salt, cost);
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(hexToBytes(secret)), cipher.final()]);
  return {
    version: 3,
    id: randomUUID(),
    address: privateKeyToAddress(secret).slice(2).toLowerCase(),
    crypto: {
      cipher: "aes-128-ctr",
      ciphertext: ciphertext.toString("hex"),
      cipherparams: { iv: iv.toString("hex") },
      kdf: "scrypt",
      kdfparams: { dklen: 32, ...cost, salt: salt.toString("hex") },
      mac: Buffer.from(macOf(derived, ciphertext)).toString("hex"),
    },
  };
}

/** Reads the text of a keystore file. `path` is for the error. @throws ConfigError */
export function parseKeystore(text: string, path: string): Keystore {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ConfigError(`The keystore ${path} is not JSON.`); // the parser's message would quote the file
  }
  const result = keystoreSchema.safeParse(json);
  if (!result.success) {
    const wrong = result.error.issues.map((issue) => z.core.toDotPath(issue.path) || "(the whole)");
    throw new ConfigError(
      `The keystore ${path} is not Web3 Secret Storage version 3 with scrypt and AES-128-CTR; wrong: ${wrong.join(", ")}. Make one with "relayer keys add".`,
    );
  }
  const { n, r } = result.data.crypto.kdfparams;
  if (128 * n * r > mostMemory)
    throw new ConfigError(
      `The keystore ${path} asks for ${Math.round((128 * n * r) / 2 ** 20)} MiB to be opened, at most ${mostMemory / 2 ** 20} are allowed. Encrypt the key again with "relayer keys add --from".`,
    );
  return result.data;
}

/** The 32 secret bytes. @throws ConfigError when the passphrase is not the one. */
export async function decryptKeystore(keystore: Keystore, passphrase: string, path: string): Promise<Hex> {
  const { kdfparams, cipherparams, ciphertext, mac } = keystore.crypto;
  const encrypted = Buffer.from(ciphertext, "hex");
  const derived = await deriveKey(passphrase, Buffer.from(kdfparams.salt, "hex"), kdfparams);
  if (!timingSafeEqual(macOf(derived, encrypted), Buffer.from(mac, "hex")))
    throw new ConfigError(
      `The passphrase does not open the keystore ${path}: it is another one, or the file was damaged.`,
    );
  const decipher = createDecipheriv("aes-128-ctr", derived.subarray(0, 16), Buffer.from(cipherparams.iv, "hex"));
  return `0x${Buffer.concat([decipher.update(encrypted), decipher.final()]).toString("hex")}`;
}
