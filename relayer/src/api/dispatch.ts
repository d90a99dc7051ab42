import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { HttpError } from "./httpError.ts";
import { routes, type Route } from "./routes.ts";

/** The route that a request is for, with what stands for its parameters. */
export type Found = { route: Route; values: string[]; search: URLSearchParams };

/** @throws HttpError 404 for a path, 405 for a method that it does not have */
export function findRoute(request: IncomingMessage): Found {
  const [path = "", ...rest] = (request.url ?? "").split("?");
  const search = new URLSearchParams(rest.join("?"));
  const method = request.method === "HEAD" ? "GET" : request.method;
  const others = new Set<string>();
  for (const route of routes) {
    const values = valuesIn(route, path);
    if (values === undefined) continue;
    if (methodOf(route) === method) return { route, values: values.map(decoded), search };
    others.add(methodOf(route));
  }
  if (others.size === 0)
    throw new HttpError(404, "path_unknown", "There is nothing at this path.", "See /openapi.json for what there is.");
  const allow = [...others].flatMap((each) => (each === "GET" ? ["GET", "HEAD"] : [each])).join(", ");
  throw new HttpError(405, "method_not_allowed", `This path takes ${allow} only.`, `Use ${allow}.`, { allow });
}

export const methodOf = ({ method = "GET" }: Route): "GET" | "POST" | "DELETE" => method;

/** What stands for the route's parameters in a path, still encoded; undefined when it is not the route's. */
function valuesIn({ path: pattern, parameters = [] }: Route, path: string): string[] | undefined {
  if (parameters.length === 0) return path === pattern ? [] : undefined;
  const names = pattern.split("/");
  const given = path.split("/");
  const parts = [...given.slice(0, names.length - 1), given.slice(names.length - 1).join("/")];
  const fits = parts.length === names.length && names.every((name, i) => name.startsWith("{") || name === parts[i]);
  const values = parts.filter((_, i) => names[i]!.startsWith("{"));
  return fits && values.every((value) => value !== "") ? values : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new HttpError(400, "bad_parameter", "The path is not percent-encoded UTF-8.", "Encode the id.");
  }
}

/** Parameters of path and query, checked. @throws HttpError 400 */
export function parametersIn({ route, values, search }: Found): { path: Record<string, string>; query: unknown } {
  const path: Record<string, string> = {};
  for (const [i, { name, schema }] of (route.parameters ?? []).entries()) {
    const checked = schema.safeParse(values[i]);
    if (!checked.success) throw badParameter(name, checked.error);
    path[name] = checked.data;
  }
  const query = route.query?.safeParse(Object.fromEntries(search));
  if (query?.success === false) throw badParameter("", query.error);
  return { path, query: query?.data };
}

function badParameter(name: string, error: z.ZodError): HttpError {
  const problems = error.issues.map((issue) => `${name || z.core.toDotPath(issue.path) || "query"}: ${issue.message}`);
  return new HttpError(400, "bad_parameter", problems.join("; "), "See /openapi.json for the parameters.");
}
