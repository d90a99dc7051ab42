import {
  hexToBytes,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  serializeSignature,
  toHex,
  verifyMessage,
  type Hex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createKeyRing } from "../config/keys.ts";
import { defaultKms } from "../config/schema.ts";
import { curveOrder, lowerHalf, pointOfSpki, signatureOfDer } from "./der.ts";
import { kmsSecret, startKmsServer, type KmsServer } from "./kmsServer.mock.ts";
import { parseKmsReference } from "./kms.ts";

const key: Hex = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"; // anvil's first, public
const local = privateKeyToAccount(key);
const reference = "kms:eu-central-1/alias/test";

let server: KmsServer;
beforeAll(async () => {
  server = await startKmsServer({ key: hexToBytes(key), region: "eu-central-1" });
});
afterAll(() => server.close());
beforeEach(() => {
  server.upperHalf = false;
  server.asked.length = 0;
});

const ring = (env: Record<string, string> = {}) =>
  createKeyRing({
    env: { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: kmsSecret, ...env },
    baseDir: "/",
    kms: { ...defaultKms, endpoint: server.url },
  });

test("default: address and public key come from the service, and are asked for once", async () => {
  const keys = ring();
  const account = await keys.account(reference);
  expect(account.address).toBe(local.address);
  expect(account.publicKey).toBe(local.publicKey);
  expect(await keys.address(reference)).toBe(local.address);
  expect(server.asked).toEqual(["TrentService.GetPublicKey"]);
});

test("behavior: transactions and messages are signed by its key, s in the lower half whichever half the service gives", async () => {
  const account = await ring().account(reference);
  const transaction = {
    type: "eip1559",
    chainId: 1,
    nonce: 7,
    to: local.address,
    value: 1n,
    gas: 21_000n,
    maxFeePerGas: 9n,
    maxPriorityFeePerGas: 1n,
  } as const;
  for (const upperHalf of [false, true]) {
    server.upperHalf = upperHalf;
    for (let nonce = 0; nonce < 4; nonce++) {
      const raw = await account.signTransaction({ ...transaction, nonce });
      expect(await recoverTransactionAddress({ serializedTransaction: raw as `0x02${string}` })).toBe(local.address);
      expect(BigInt(parseTransaction(raw as `0x02${string}`).s!)).toBeLessThanOrEqual(curveOrder / 2n);
    }
    const message = { raw: keccak256("0x01") };
    expect(
      await verifyMessage({ address: local.address, message, signature: await account.signMessage({ message }) }),
    ).toBe(true);
  }
});

test("error: wrong credentials, an unknown key, a service that fails; the secret is in no message", async () => {
  await expect(ring({ AWS_SECRET_ACCESS_KEY: "wrong" }).account(reference)).rejects.toThrow(
    "refused with 400 InvalidSignatureException",
  );
  await expect(ring().account("kms:eu-central-1/alias/none")).rejects.toMatchObject({ code: "config" });
  await expect(ring().account("kms:us-east-1/alias/test")).rejects.toThrow("InvalidSignatureException");
  const account = await ring().account(reference);
  server.answers.push({ status: 503, body: { __type: "KMSInternalException", message: "try later" } });
  const failed = account.signMessage({ message: "m" });
  await expect(failed).rejects.toMatchObject({ code: "signer_unavailable", severity: "retryable" });
  await expect(failed).rejects.toThrow("Sign was refused with 503 KMSInternalException: try later");
  await expect(failed).rejects.not.toThrow(kmsSecret);
  const unset = createKeyRing({ env: {}, baseDir: "/", kms: { ...defaultKms, endpoint: server.url } });
  await expect(unset.account(reference)).rejects.toThrow("set the environment variable AWS_ACCESS_KEY_ID");
});

test("error: a signature by another key, or of another form, is not used; and a running relayer is not stopped", async () => {
  const account = await ring().account(reference);
  const other = await startKmsServer({ key: hexToBytes(keccak256(key)), region: "eu-central-1" });
  const keys = createKeyRing({
    env: { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: kmsSecret },
    baseDir: "/",
    kms: { ...defaultKms, endpoint: other.url },
  });
  const theirs = await keys.account(reference);
  await other.close();
  expect(theirs.address).not.toBe(account.address);
  await expect(theirs.signMessage({ message: "m" })).rejects.toMatchObject({ code: "signer_unavailable" });
  for (const Signature of ["", "AA==", Buffer.from("3006020100020101", "hex").toString("base64")]) {
    server.answers.push({ status: 200, body: { Signature } });
    await expect(account.signMessage({ message: "m" })).rejects.toMatchObject({
      code: "signer_unavailable",
      severity: "retryable",
    });
  }
  // Well formed, by another key.
  server.answers.push({ status: 200, body: { Signature: Buffer.from("3006020101020101", "hex").toString("base64") } });
  await expect(account.signMessage({ message: "m" })).rejects.toThrow(`its signature is not by ${local.address}`);
});

test("error: no secret can be read from it, and the reference has a form", async () => {
  await expect(ring().secret(reference)).rejects.toThrow("never leaves its service");
  expect(() => parseKmsReference("kms:alias/test")).not.toThrow(); // the schema asks for a region
  expect(() => parseKmsReference("kms:test")).toThrow('expected "kms:REGION/ID"');
});

test("error: DER is read strictly", () => {
  const der = (hex: string) => () => signatureOfDer(Buffer.from(hex, "hex"));
  expect(der("3006020101020102")()).toEqual({ r: 1n, s: 2n });
  expect(der("30070201010202008f")()).toEqual({ r: 1n, s: 0x8fn });
  expect(der("300602010102018f")).toThrow("negative");
  expect(der("30070201010202000f")).toThrow("shortest form");
  expect(der("300602010102010200")).toThrow("no DER sequence");
  expect(der("3007020101020102ff")).toThrow("bytes follow");
  expect(der("3006020101020100")).toThrow("outside of the curve's order");
  const order = curveOrder.toString(16);
  expect(der(`3026020101022100${order}`)).toThrow("outside of the curve's order");
  expect(() => pointOfSpki(new Uint8Array(88))).toThrow("ECC_SECG_P256K1");
  expect(lowerHalf(curveOrder - 1n)).toBe(1n);
  expect(lowerHalf(1n)).toBe(1n);
  expect(
    serializeSignature({ r: toHex(1n, { size: 32 }), s: toHex(lowerHalf(curveOrder - 2n), { size: 32 }), yParity: 0 }),
  ).toMatch(/021b$/);
});
