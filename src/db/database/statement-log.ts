import type { Logger } from "../../core/logger.ts";
import type { Echo } from "../connection/echo.ts";

/** Writes each statement to a log, in one line. */
export function logStatement(logger: Pick<Logger, "info">): Echo {
  return ({ sql, parameters, durationMs, error }) => {
    const bound = parameters.length === 0 ? "" : ` [${parameters.map(String).join(", ")}]`;
    const outcome = error === undefined ? "" : " failed";
    logger.info(`${sql}${bound} (${durationMs.toFixed(2)} ms)${outcome}`);
  };
}
