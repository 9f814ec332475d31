/** pino's levels, least severe first, and the one that switches logging off. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes a record: a message, or fields and a message. */
export interface LogMethod {
  (fields: object, message?: string): void;
  (message: string): void;
}

/** The part of pino's logger that we use. */
export interface Logger {
  trace: LogMethod;
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  fatal: LogMethod;
  child(bindings: Record<string, unknown>): Logger;
}
