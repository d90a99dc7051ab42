import { z } from "zod";
import type { Route } from "./routes.ts";
import { named, type SchemaName } from "./schemas.ts";

const refTo = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });
const jsonOf = (name: SchemaName) => ({ "application/json": { schema: refTo(name) } });

/** Errors that a path may answer with, besides those that any may. */
function errorsOf(route: Route): Record<string, string> {
  return {
    ...(route.parameters === undefined && route.query === undefined
      ? {}
      : { 400: "a parameter is not what it should be" }),
    ...(route.guarded
      ? { 401: "an API key is needed", 429: "too many requests; Retry-After says how long to wait" }
      : {}),
    ...(route.parameters === undefined ? {} : { 404: "there is none" }),
    405: "only GET and HEAD",
    413: "the request has too large a body",
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

function schemaOf(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "output" });
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
    operationId: operationIdOf(route.path),
    // With no keys configured everything but what is always guarded is open: both are allowed.
    security: route.guarded === false ? [] : [{ apiKey: [] }, ...(route.guarded === "always" ? [] : [{}])],
    parameters: parametersOf(route),
    responses: Object.fromEntries([...answers, ...errors]) as Record<string, object>,
  };
}

/** `/v1/messages/{id}` → `get_v1_messages_id` */
function operationIdOf(path: string): string {
  return `get_${path.match(/[a-z0-9]+/gi)?.join("_") ?? "page"}`;
}

/** The OpenAPI 3.1 document of the interface. */
export function openApiDocument(routes: Route[]): object {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}` });
  return {
    openapi: "3.1.0",
    info: {
      title: "Hypothec relayer: operator's interface",
      version: "1",
      description: "Read only. Times are UTC; amounts and witnesses are never shown.",
      license: { name: "MIT", identifier: "MIT" },
    },
    paths: Object.fromEntries(routes.map((route) => [route.path, { get: operationOf(route) }])),
    components: {
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
      ),
      securitySchemes: { apiKey: { type: "http", scheme: "bearer" } },
    },
  };
}
