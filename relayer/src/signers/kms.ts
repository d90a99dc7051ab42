import {
  getAddress,
  hexToBytes,
  isAddressEqual,
  keccak256,
  numberToHex,
  recoverAddress,
  serializeSignature,
  toHex,
  type Address,
  type Hex,
} from "viem";
import { elapsedMs, type Clock } from "../runtime/clock.ts";
import { ConfigError, RelayerError, stripUrls } from "../runtime/errors.ts";
import { lowerHalf, pointOfSpki, signatureOfDer } from "./der.ts";
import type { Signer } from "./signer.ts";
import { signAwsRequest, type AwsCredentials } from "./sigv4.ts";

/** Where keys are, and how they are reached. */
export type KmsOptions = {
  /** @default https://kms.REGION.amazonaws.com */
  endpoint?: string | undefined;
  /** Read for each request, so that temporary ones may be renewed. */
  credentials: () => Promise<AwsCredentials>;
  /** Milliseconds for one request. */
  timeoutMs: number;
  clock: Pick<Clock, "now">;
};

/** `kms:REGION/ID`; the id is that of a key, an ARN, or `alias/NAME`. */
export function parseKmsReference(reference: string): { region: string; keyId: string } {
  const [, region, keyId] = /^kms:([a-z0-9-]+)\/(.+)$/.exec(reference) ?? [];
  if (region === undefined || keyId === undefined)
    throw new ConfigError(
      `${reference} is no key in AWS KMS: expected "kms:REGION/ID", with an id, an ARN or alias/NAME.`,
    );
  return { region, keyId };
}

/**
 * A signer whose key never leaves AWS KMS (KeySpec ECC_SECG_P256K1, KeyUsage SIGN_VERIFY). It asks for the public key once, and for a signature
 * of each digest; every answer is checked against the key before it is used.
 *
 * @throws ConfigError when the key cannot be used at all, RelayerError `signer_unavailable` when the service does not answer as it should.
 */
export async function createKmsSigner(reference: string, options: KmsOptions): Promise<Signer> {
  const { region, keyId } = parseKmsReference(reference);
  const ask = (action: string, parameters: object) =>
    request({ ...options, reference, region }, action, { KeyId: keyId, ...parameters });

  const answer = await ask("GetPublicKey", {});
  if (answer.KeyUsage !== undefined && answer.KeyUsage !== "SIGN_VERIFY")
    throw new ConfigError(`${reference} is a key for ${textOf(answer.KeyUsage)}, expected one for SIGN_VERIFY.`);
  const point = parsed(reference, "public key", () => pointOfSpki(bytesOf(answer.PublicKey)));
  const publicKey = toHex(point);
  const address = addressOf(point);

  /** What would refuse a start is no reason to stop a relayer that runs: other keys and roles go on. */
  const sign = (digest: Hex): Promise<Hex> =>
    signDigest(digest).catch((error: unknown) => {
      throw error instanceof ConfigError ? unavailable(reference, error.message) : error;
    });

  async function signDigest(digest: Hex): Promise<Hex> {
    const { Signature } = await ask("Sign", {
      Message: Buffer.from(hexToBytes(digest)).toString("base64"),
      MessageType: "DIGEST",
      SigningAlgorithm: "ECDSA_SHA_256",
    });
    const { r, s } = parsed(reference, "signature", () => signatureOfDer(bytesOf(Signature)));
    const half = { r: numberToHex(r, { size: 32 }), s: numberToHex(lowerHalf(s), { size: 32 }) };
    // KMS does not say which of the two points R was: the one that gives our address.
    for (const yParity of [0, 1]) {
      const signature = serializeSignature({ ...half, yParity });
      const signer = await recoverAddress({ hash: digest, signature }).catch(() => undefined);
      if (signer !== undefined && isAddressEqual(signer, address)) return signature;
    }
    throw unavailable(reference, `its signature is not by ${address}`);
  }

  return { address, publicKey, sign };
}

const addressOf = (point: Uint8Array): Address => getAddress(`0x${keccak256(point.subarray(1)).slice(-40)}`);

type Asked = KmsOptions & { reference: string; region: string };

async function request(asked: Asked, action: string, body: object): Promise<Record<string, unknown>> {
  const { reference, region } = asked;
  const url = new URL(asked.endpoint ?? `https://kms.${region}.amazonaws.com/`);
  const message = {
    method: "POST",
    url,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `TrentService.${action}` },
    body: JSON.stringify(body),
  };
  const started = asked.clock.now();
  const scope = { region, service: "kms", at: new Date(started) };
  const { host: _, ...headers } = signAwsRequest(message, scope, await asked.credentials());
  let response: Response;
  let answer: Record<string, unknown>;
  try {
    response = await fetch(url, {
      method: "POST",
      headers,
      body: message.body,
      signal: AbortSignal.timeout(asked.timeoutMs),
      redirect: "error",
    });
    answer = (await response.json()) as Record<string, unknown>;
  } catch (error) {
    const waited = elapsedMs(asked.clock.now(), started);
    throw unavailable(reference, `${action} got no answer within ${waited} ms: ${stripUrls((error as Error).message)}`);
  }
  if (response.ok) return answer;
  // "com.amazonaws.kms#NotFoundException", or without what is before the #.
  const type = textOf(answer.__type).split("#").at(-1) ?? "";
  const said = `${action} was refused with ${response.status} ${type}: ${stripUrls(textOf(answer.message ?? answer.Message))}`;
  if (hopeless.has(type))
    throw new ConfigError(`${reference}: ${said}. Check the reference, and that the key is enabled.`);
  throw unavailable(reference, said);
}

/** What no waiting changes. */
const hopeless = new Set([
  "NotFoundException",
  "InvalidArnException",
  "InvalidKeyUsageException",
  "UnsupportedOperationException",
]);

function unavailable(reference: string, why: string): RelayerError {
  return new RelayerError(
    "signer_unavailable",
    `${reference} does not sign: ${why}. The relayer tries again by itself.`,
    {
      details: { reference },
    },
  );
}

function parsed<Result>(reference: string, what: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    throw new ConfigError(`${reference}: the ${what} that KMS answered cannot be used: ${(error as Error).message}.`);
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value.slice(0, 500) : "");
const bytesOf = (value: unknown): Uint8Array => Buffer.from(typeof value === "string" ? value : "", "base64");
