import type { Logger, LogLevel } from "../core/logger.ts";

/** Writes each record as one line of JSON to the standard error stream, or to a browser's console. */
export function consoleLogger(bindings: Record<string, unknown> = {}): Logger {
  const write =
    (level: LogLevel) =>
    (fieldsOrMessage: object | string, message?: string): void => {
      const [fields, text] =
        typeof fieldsOrMessage === "string" ? [{}, fieldsOrMessage] : [fieldsOrMessage, message];
      const record = { level, time: new Date().toISOString(), ...bindings, ...fields, msg: text };
      console.error(JSON.stringify(record, withErrors()));
    };
  return {
    trace: write("trace"),
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    fatal: write("fatal"),
    child: (more) => consoleLogger({ ...bindings, ...more }),
  };
}

/** Shows what JSON leaves out or refuses: errors, bigints, references back. */
function withErrors() {
  const ancestors: unknown[] = [];
  return function (this: unknown, _key: string, value: unknown): unknown {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value !== "object" || value === null) return value;
    while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop();
    if (ancestors.includes(value)) return "[circular]";
    ancestors.push(value);
    return value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value;
  };
}
