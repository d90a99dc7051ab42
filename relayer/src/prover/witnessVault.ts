import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { Hex } from "viem";
import { RelayerError } from "../runtime/errors.ts";

/** Encrypts witnesses and names what belongs to clients, with keys derived from one secret of the operator. */
export type WitnessVault = {
  /** `about` is authenticated: a ciphertext moved to another row does not open. */
  seal: (about: string, text: string) => string;
  /** @throws RelayerError `witness_sealed` when it was sealed with another key, or changed. */
  open: (about: string, sealed: string) => string;
  /** A name that tells nothing of what it is of: a keyed hash, 64 hex digits. */
  nameOf: (...parts: string[]) => string;
};

const nonceBytes = 12;
const tagBytes = 16;

export function createWitnessVault(secret: Hex): WitnessVault {
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync("sha256", Buffer.from(secret.slice(2), "hex"), "", `hypothec relayer: ${purpose}`, 32));
  const encryption = derive("witness encryption");
  const naming = derive("names of proof requests");

  return {
    seal(about, text) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", encryption, nonce).setAAD(Buffer.from(about));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64");
    },
    open(about, sealed) {
      const bytes = Buffer.from(sealed, "base64");
      const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes);
      try {
        const decipher = createDecipheriv("aes-256-gcm", encryption, bytes.subarray(0, nonceBytes), {
          authTagLength: tagBytes,
        })
          .setAAD(Buffer.from(about))
          .setAuthTag(tag);
        return decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, "utf8") + decipher.final("utf8");
      } catch {
        throw new RelayerError(
          "witness_sealed",
          "A stored witness does not open: roles.prover.requests.witnessKey is another one than it was sealed with. The client has to ask again.",
          { severity: "permanent" },
        );
      }
    },
    nameOf(...parts) {
      const hash = createHmac("sha256", naming);
      for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
      return hash.digest("hex");
    },
  };
}
