import { pino, type DestinationStream, type Logger as PinoLogger } from "pino";
import { stripUrls, toErrorRecord } from "./errors.ts";

export type Logger = PinoLogger;
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

/** JSON lines, one event each. Bigints become strings; errors become records without stack or URL secrets. */
export function createLogger(options: { level: LogLevel; name?: string; destination?: DestinationStream }): Logger {
  const settings = {
    level: options.level,
    base: options.name === undefined ? null : { relayer: options.name },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: (value: unknown) => toErrorRecord(value) },
    hooks: {
      logMethod(this: PinoLogger, args: unknown[], method: (...rest: unknown[]) => void) {
        method.apply(this, args.map(safe));
      },
    },
  };
  return options.destination === undefined ? pino(settings as never) : pino(settings as never, options.destination);
}

function safe(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return stripUrls(value);
  if (value === null || typeof value !== "object" || value instanceof Error) return value;
  if (Array.isArray(value)) return value.map(safe);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, key === "error" ? entry : safe(entry)]));
}
