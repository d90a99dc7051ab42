import { createHash, createHmac, createPublicKey } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { secp256k1 } from "@noble/curves/secp256k1.js";

/** The secret of its credentials; the id is "AKIDEXAMPLE". */
export const kmsSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

export type KmsServer = {
  url: string;
  /** Actions asked for, in their order. */
  asked: string[];
  /** What it answers instead, once for each. */
  answers: { status: number; body: unknown }[];
  /** Signatures with s in the upper half, as KMS gives half of the time. */
  upperHalf: boolean;
  close: () => Promise<void>;
};

/**
 * A service that speaks AWS KMS's protocol over HTTP (GetPublicKey and Sign of one ECC_SECG_P256K1 key, `alias/test`), and refuses requests that
 * are not signed with its credentials for its region. Keys, signatures and DER are other implementations' than the relayer's.
 */
export async function startKmsServer(options: { key: Uint8Array; region: string }): Promise<KmsServer> {
  const { key, region } = options;
  const state: Pick<KmsServer, "asked" | "answers" | "upperHalf"> = { asked: [], answers: [], upperHalf: false };
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { status, body } = answer(request, Buffer.concat(chunks).toString());
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    })();
  });

  function answer(request: IncomingMessage, text: string): { status: number; body: unknown } {
    const refuse = (type: string) => ({ status: 400, body: { __type: `com.amazonaws.kms#${type}`, message: type } });
    const action = String(request.headers["x-amz-target"]);
    state.asked.push(action);
    const instead = state.answers.shift();
    if (instead !== undefined) return instead;
    if (!isSigned(request, text, region)) return refuse("InvalidSignatureException");
    const asked = JSON.parse(text) as Record<string, string>;
    if (asked.KeyId !== "alias/test") return refuse("NotFoundException");
    if (action === "TrentService.GetPublicKey")
      return { status: 200, body: { KeyUsage: "SIGN_VERIFY", PublicKey: spkiOf(key).toString("base64") } };
    if (action !== "TrentService.Sign") return refuse("UnknownOperationException");
    if (asked.MessageType !== "DIGEST" || asked.SigningAlgorithm !== "ECDSA_SHA_256")
      return refuse("ValidationException");
    const digest = Buffer.from(asked.Message ?? "", "base64");
    if (digest.length !== 32) return refuse("ValidationException");
    return { status: 200, body: { Signature: Buffer.from(signatureOf(digest)).toString("base64") } };
  }

  function signatureOf(digest: Uint8Array): Uint8Array {
    const signature = secp256k1.Signature.fromBytes(secp256k1.sign(digest, key, { prehash: false, lowS: true }));
    const s = state.upperHalf ? secp256k1.Point.Fn.ORDER - signature.s : signature.s;
    return new secp256k1.Signature(signature.r, s).toBytes("der");
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function spkiOf(key: Uint8Array): Buffer {
  const point = Buffer.from(secp256k1.getPublicKey(key, false));
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((bytes) => bytes.toString("base64url")) as [
    string,
    string,
  ];
  return createPublicKey({ key: { kty: "EC", crv: "secp256k1", x, y }, format: "jwk" }).export({
    type: "spki",
    format: "der",
  });
}

/** Signature Version 4, from the request as it came. */
function isSigned(request: IncomingMessage, body: string, region: string): boolean {
  const parts =
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/(\d{8})\/([^/]+)\/kms\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? "",
    );
  const [, day, asked, names, signature] = parts ?? [];
  if (day === undefined || asked !== region || names === undefined) return false;
  if (!["content-type", "host", "x-amz-date", "x-amz-target"].every((name) => names.split(";").includes(name)))
    return false;
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const headers = names.split(";").map((name) => `${name}:${String(request.headers[name])}\n`);
  const canonical = `${request.method}\n${request.url}\n\n${headers.join("")}\n${names}\n${hash(body)}`;
  const time = String(request.headers["x-amz-date"]);
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/kms/aws4_request\n${hash(canonical)}`;
  let secret: Buffer = Buffer.from(`AWS4${kmsSecret}`);
  for (const part of [day, region, "kms", "aws4_request"]) secret = createHmac("sha256", secret).update(part).digest();
  return time.startsWith(day) && createHmac("sha256", secret).update(toSign).digest("hex") === signature;
}
