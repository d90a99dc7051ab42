import type { IncomingMessage } from "node:http";
import type { HttpConfig } from "../config/schema.ts";
import { createKeyCheck, type ApiKey, type Caller } from "./apiKeys.ts";
import { HttpError } from "./httpError.ts";
import type { Operator } from "./operator.ts";
import { createRateLimit, type RateLimit } from "./rateLimit.ts";
import type { Route } from "./routes.ts";

/** Lets a request in, or says why not: limits first, so that guessing keys is limited too. @throws HttpError 401, 403, 429 */
export type Admission = (request: IncomingMessage, route: Route) => Caller;

const nobody: Caller = { name: "anybody", roles: [] };

export function createAdmission(options: { config: HttpConfig; apiKeys: ApiKey[]; operator: Operator }): Admission {
  const { config, apiKeys, operator } = options;
  const callerOf = createKeyCheck(apiKeys);
  const { now } = operator.clock;
  const all = createRateLimit({ perMinute: config.requestsPerMinute, now });
  const submissions = createRateLimit({ perMinute: operator.submissions?.perMinute ?? config.requestsPerMinute, now });

  function limit(by: RateLimit, request: IncomingMessage, perMinute: number, setting: string): void {
    const waitSeconds = by(request.socket.remoteAddress ?? "unknown");
    if (waitSeconds === 0) return;
    throw new HttpError(
      429,
      "too_many_requests",
      `More than ${perMinute} requests in a minute came from this address.`,
      `Wait ${waitSeconds} s, or raise ${setting}.`,
      { "retry-after": String(waitSeconds) },
    );
  }

  return (request, route) => {
    if (route.access === false) return nobody;
    limit(all, request, config.requestsPerMinute, "http.requestsPerMinute");
    const isSubmission = route.method === "POST" && route.access.includes("submit");
    if (isSubmission) limit(submissions, request, operator.submissions?.perMinute ?? 0, "roles.submitter.perMinute");
    const { authorization } = request.headers;
    const isPublic = operator.submissions?.public === true && route.access.includes("submit");
    const caller =
      callerOf(authorization) ??
      (isPublic && authorization === undefined ? { name: nobody.name, roles: ["submit" as const] } : undefined);
    if (caller === undefined || (route.keyed === true && apiKeys.length === 0))
      throw new HttpError(
        401,
        "unauthorized",
        "This path needs an API key of this relayer.",
        "Send the header Authorization: Bearer KEY.",
        { "www-authenticate": "Bearer" },
      );
    if (route.access.some((role) => caller.roles.includes(role))) return caller;
    throw new HttpError(
      403,
      "role_missing",
      `This path takes an API key with the role ${route.access.join(" or ")}.`,
      "Ask the relayer's operator for one.",
    );
  };
}
