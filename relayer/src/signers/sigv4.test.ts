import { expect, test } from "vitest";
import { signAwsRequest } from "./sigv4.ts";

/** AWS's published test suite for Signature Version 4: credentials, scope and time are the same in all of it. */
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const scope = { region: "us-east-1", service: "service", at: new Date("2015-08-30T12:36:00Z") };

function signatureOf(method: string, path: string, headers: Record<string, string> = {}, body = ""): string {
  const url = new URL(path, "https://example.amazonaws.com");
  const { authorization } = signAwsRequest({ method, url, headers, body }, scope, credentials);
  return authorization?.split("Signature=")[1] ?? "";
}

test.each([
  ["get-vanilla", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", "GET", "/", {}, ""],
  ["post-vanilla", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b", "POST", "/", {}, ""],
  [
    "get-vanilla-query-order-key-case",
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    "GET",
    "/?Param2=value2&Param1=value1",
    {},
    "",
  ],
  [
    "get-header-value-trim",
    "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    "GET",
    "/",
    { "My-Header1": " value1", "My-Header2": ' "a   b   c" ' },
    "",
  ],
  [
    "post-x-www-form-urlencoded",
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    "POST",
    "/",
    { "Content-Type": "application/x-www-form-urlencoded" },
    "Param1=value1",
  ],
])("behavior: AWS's vector %s", (_, expected, method, path, headers, body) => {
  expect(signatureOf(method, path, headers as Record<string, string>, body)).toBe(expected);
});

test("behavior: names what it signed, and a session's token is part of it", () => {
  const request = { method: "POST", url: new URL("https://kms.eu-central-1.amazonaws.com/"), headers: {}, body: "{}" };
  const signed = signAwsRequest(request, scope, { ...credentials, sessionToken: "token" });
  expect(signed["x-amz-security-token"]).toBe("token");
  expect(signed.authorization).toContain(
    "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token,",
  );
  expect(JSON.stringify(signed)).not.toContain(credentials.secretAccessKey);
});
