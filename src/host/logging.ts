import { LOG_LEVELS, type Logger, type LogLevel, type LogMethod } from "../core/logger.ts";
import { optionalPackage } from "../core/optional-package.ts";
import { consoleLogger } from "./console-logger.ts";

type Pino = (options: { level: LogLevel }) => Logger;

/** A host's logger: `given`, or pino where it is installed, or the console; nothing below `level` gets to it. */
export function hostLogger(given: Logger | undefined, level: LogLevel | undefined): Logger {
  if (given !== undefined) return level === undefined ? given : fromLevel(level, () => given);
  const threshold = level ?? "info";
  return fromLevel(threshold, () => optionalPackage<Pino>("pino")?.({ level: threshold }) ?? consoleLogger());
}

/**
 * Lets records of `level` and above through. The logger behind it is made for the first of them, so that a host that
 * has nothing to say never loads one.
 */
function fromLevel(level: LogLevel, make: () => Logger): Logger {
  let made: Logger | undefined;
  const target = () => {
    made ??= make();
    return made;
  };
  const method = (name: Exclude<LogLevel, "silent">): LogMethod =>
    LOG_LEVELS.indexOf(name) < LOG_LEVELS.indexOf(level)
      ? () => {}
      : (...record: unknown[]) => target()[name](...(record as [object, string]));
  return {
    trace: method("trace"),
    debug: method("debug"),
    info: method("info"),
    warn: method("warn"),
    error: method("error"),
    fatal: method("fatal"),
    child: (bindings) => fromLevel(level, () => target().child(bindings)),
  };
}
