import { z } from "zod";
import type { Route } from "./routes.ts";
import { named, type SchemaName } from "./schemas.ts";

const refTo = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });
const jsonOf = (name: SchemaName) => ({ "application/json": { schema: refTo(name) } });

/** Errors that a path may answer with, besides those that any may. */
function errorsOf(route: Route): Record<string, string> {
  return {
    ...(route.parameters === undefined && route.query === undefined && route.body === undefined
      ? {}
      : { 400: "a parameter, or a field of the body, is not what it should be" }),
    ...(route.access === false
      ? {}
      : {
          401: "an API key is needed",
          403: "the API key has another role",
          429: "too many requests, or a quota is used up; Retry-After says how long to wait, if time alone helps",
        }),
    ...(route.parameters === undefined && route.access !== false && route.access.includes("read")
      ? {}
      : { 404: "there is none, or this relayer does not offer it" }),
    405: "the path has no such method",
    413: "the request has too large a body",
    ...(route.body === undefined ? {} : { 415: "the body is not said to be JSON" }),
    500: "a fault of the relayer; its log has it",
  };
}

function parametersOf(route: Route): object[] {
  const { parameters = [], query } = route;
  const inPath = parameters.map(({ name, schema }) => ({
    name,
    in: "path",
    required: true,
    description: schema.description,
    schema: schemaOf(schema),
  }));
  const inQuery = Object.entries((query?.shape ?? {}) as Record<string, z.ZodType>).map(([name, schema]) => ({
    name,
    in: "query",
    required: false,
    ...(schema.description === undefined ? {} : { description: schema.description }),
    schema: schemaOf(schema),
  }));
  return [...inPath, ...inQuery];
}

function schemaOf(schema: z.ZodType, io: "input" | "output" = "output"): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

function operationOf(route: Route): object {
  const answers = Object.entries(route.answers).map(([status, { description, ...answer }]) => [
    status,
    {
      description,
      content: "schema" in answer ? jsonOf(answer.schema) : { [answer.contentType]: { schema: { type: "string" } } },
    },
  ]);
  const errors = Object.entries(errorsOf(route)).map(([status, description]) => [
    status,
    { description, content: jsonOf("Error") },
  ]);
  return {
    summary: route.summary,
    operationId: operationIdOf(route),
    // With no keys configured everything but what is always guarded is open: both are allowed.
    security: route.access === false ? [] : [{ apiKey: [...route.access] }, ...(route.keyed === true ? [] : [{}])],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: schemaOf(route.body, "input") } },
          },
        }),
    parameters: parametersOf(route),
    responses: Object.fromEntries([...answers, ...errors]) as Record<string, object>,
  };
}

/** `/v1/messages/{id}` → `get_v1_messages_id` */
function operationIdOf({ path, method = "GET" }: Route): string {
  return `${method.toLowerCase()}_${path.match(/[a-z0-9]+/gi)?.join("_") ?? "page"}`;
}

function pathsOf(routes: Route[]): Record<string, object> {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [(route.method ?? "GET").toLowerCase()]: operationOf(route) };
  return paths;
}

/** The OpenAPI 3.1 document of the interface. */
export function openApiDocument(routes: Route[]): object {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}` });
  return {
    openapi: "3.1.0",
    info: {
      title: "Hypothec relayer",
      version: "1",
      description:
        "What an operator sees, and what users hand in: transactions to send, witnesses to prove. Times are UTC; payloads and witnesses are never shown.",
      license: { name: "MIT", identifier: "MIT" },
    },
    paths: pathsOf(routes),
    components: {
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
      ),
      securitySchemes: { apiKey: { type: "http", scheme: "bearer" } },
    },
  };
}
