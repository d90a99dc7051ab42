import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { HttpError } from "./httpError.ts";

/**
 * Reads a request's body, whole; the connection can be used again afterwards.
 *
 * @throws HttpError 413 for a longer one, announced or not: it is left where it is, and the connection stays for the answer.
 */
export async function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  const body = announced <= most ? await atMost(request, most) : undefined;
  if (body !== undefined) return body;
  throw new HttpError(
    413,
    "body_too_large",
    `The request has a body of more than ${most} bytes.`,
    "Send less; a path that takes no body needs none.",
    { connection: "close" },
  );
}

function atMost(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= most) return;
      request.off("data", onData).pause();
      resolve(undefined);
    };
    request.on("data", onData);
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
  });
}

/** The body as what a route takes. Errors name fields, never what stood in them. @throws HttpError 400, 415 */
export function parseBody(request: IncomingMessage, body: Buffer, schema: z.ZodType): unknown {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\b/i.test(type))
    throw new HttpError(415, "not_json", "The body is not said to be JSON.", "Send Content-Type: application/json.");
  let json: unknown;
  try {
    json = JSON.parse(body.toString("utf8"));
  } catch {
    throw new HttpError(400, "bad_body", "The body is not JSON.", "See /openapi.json for what it should be.");
  }
  const checked = schema.safeParse(json);
  if (checked.success) return checked.data;
  const problems = checked.error.issues
    .slice(0, 5)
    .map((issue) => `${z.core.toDotPath(issue.path) || "body"}: ${issue.message}`);
  throw new HttpError(400, "bad_body", problems.join("; "), "See /openapi.json for what it should be.");
}
