import { createHash, createHmac } from "node:crypto";

/** Who asks. Secret: neither logged nor put into errors. */
export type AwsCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };

export type AwsRequest = {
  method: string;
  /** Path is taken as it stands, already encoded. */
  url: URL;
  /** Without `host`, `x-amz-date` and `authorization`, which are added. */
  headers: Record<string, string>;
  body: string;
};

const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text, "utf8").digest();

/** RFC 3986, as AWS wants it: all but unreserved characters in upper-case hexadecimal. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * The headers of a request to AWS, signed with Signature Version 4: a hash of method, path, query, headers and body under a key
 * that is derived from the secret for one day, region and service.
 */
export function signAwsRequest(
  request: AwsRequest,
  scope: { region: string; service: string; at: Date },
  credentials: AwsCredentials,
): Record<string, string> {
  const time = scope.at.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const day = time.slice(0, 8);
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.url.host,
    "x-amz-date": time,
    ...(credentials.sessionToken === undefined ? {} : { "x-amz-security-token": credentials.sessionToken }),
  };
  const { text, names } = canonicalRequest({ ...request, headers });
  const credentialScope = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", time, credentialScope, sha256(text)].join("\n");
  const key = [scope.region, scope.service, "aws4_request"].reduce(
    hmac as (key: Buffer, text: string) => Buffer,
    hmac(`AWS4${credentials.secretAccessKey}`, day),
  );
  const signature = createHmac("sha256", key).update(toSign, "utf8").digest("hex");
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${credentialScope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

function canonicalRequest({ method, url, headers, body }: AwsRequest): { text: string; names: string } {
  const sorted = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/ +/g, " ")] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = sorted.map(([name]) => name).join(";");
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const lines = sorted.map(([name, value]) => `${name}:${value}\n`).join("");
  return { text: [method, url.pathname, query, lines, names, sha256(body)].join("\n"), names };
}
