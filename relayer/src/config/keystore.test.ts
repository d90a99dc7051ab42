import { expect, test } from "vitest";
import { decryptKeystore, encryptKeystore, parseKeystore } from "./keystore.ts";

const cheap = { n: 1_024, r: 8, p: 1 };
const secret = `0x${"5a".repeat(32)}` as const;

/** The key of the definition's scrypt vector ("Web3 Secret Storage", test vectors), encrypted by ethers 5. */
const vector = {
  address: "008aeeda4d805471df9b2a5b0f38a0c3bcba786b",
  id: "a68906b8-58d0-491c-8313-5870d37dee00",
  version: 3,
  crypto: {
    cipher: "aes-128-ctr",
    cipherparams: { iv: "61eac5932144837f1ba631fd3255e08c" },
    ciphertext: "b66af7ece8977b16bf604a0a70c69cd9954dbce867bbe9cfab38d24248dee76e",
    kdf: "scrypt",
    kdfparams: {
      salt: "23b10d917ef65363fef1be4e3b8d0fbd11bade8034f7f66227709657e519ad3e",
      n: 4_096,
      dklen: 32,
      p: 1,
      r: 8,
    },
    mac: "96707a51de42367d95ad39e6965646c69d513ed8851ec5016b5e8216ae5096fc",
  },
};

test("default: opens what another implementation encrypted", async () => {
  const keystore = parseKeystore(JSON.stringify(vector), "vector");
  const opened = await decryptKeystore(keystore, "testpassword", "vector");
  expect(opened).toBe("0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d");
  expect((await encryptKeystore(opened, "x", cheap)).address).toBe(vector.address);
});

test("behavior: what was encrypted comes back; the file does not hold it in the clear", async () => {
  const keystore = await encryptKeystore(secret, "pass phrase", cheap);
  const text = JSON.stringify(keystore);
  expect(text).not.toContain(secret.slice(2));
  expect(await decryptKeystore(parseKeystore(text, "k"), "pass phrase", "k")).toBe(secret);
  const again = await encryptKeystore(secret, "pass phrase", cheap);
  expect(again.crypto.ciphertext).not.toBe(keystore.crypto.ciphertext);
});

test("error: a wrong passphrase, a damaged file", async () => {
  const keystore = await encryptKeystore(secret, "right", cheap);
  await expect(decryptKeystore(keystore, "wrong", "keys/k.json")).rejects.toThrow(
    "The passphrase does not open the keystore keys/k.json",
  );
  const flipped = {
    ...keystore.crypto,
    ciphertext: keystore.crypto.ciphertext.replace(/^./, (c) => (c === "0" ? "1" : "0")),
  };
  await expect(decryptKeystore({ ...keystore, crypto: flipped }, "right", "k")).rejects.toMatchObject({
    code: "config",
  });
});

test("error: another version or derivation, no JSON, too dear", () => {
  const change = (crypto: object) => JSON.stringify({ ...vector, crypto: { ...vector.crypto, ...crypto } });
  expect(() => parseKeystore("secret text", "k")).toThrow(/^The keystore k is not JSON\.$/);
  expect(() => parseKeystore(change({ kdf: "pbkdf2" }), "k")).toThrow("wrong: crypto.kdf");
  expect(() => parseKeystore(JSON.stringify({ ...vector, version: 1 }), "k")).toThrow("wrong: version");
  const dear = { ...vector.crypto.kdfparams, n: 2 ** 24 };
  expect(() => parseKeystore(change({ kdfparams: dear }), "k")).toThrow("at most 1024 are allowed");
  expect(() => parseKeystore(change({ kdfparams: { ...dear, n: 1_000 } }), "k")).toThrow("kdfparams");
  expect(() => parseKeystore(change({ kdfparams: { ...dear, n: 2 ** 18, r: 1 } }), "k")).toThrow("kdfparams");
});
