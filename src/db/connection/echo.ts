import type { Logger } from "../../core/logger.ts";
import type {
  Connections,
  Executor,
  Isolation,
  ReservedConnection,
  Result,
  Statement,
} from "./connection.ts";
import { redactedSql } from "./redacted-sql.ts";

const MAX_SHOWN_LENGTH = 100;

/** Logs every statement that goes through `connections`, in one line; where there is no logger, they are as they were. */
export function echoing(connections: Connections, logger: Pick<Logger, "info"> | undefined): Connections {
  return logger === undefined ? connections : new EchoingConnections(connections, logger);
}

class EchoingConnections implements Connections {
  private readonly connections: Connections;
  private readonly logger: Pick<Logger, "info">;

  constructor(connections: Connections, logger: Pick<Logger, "info">) {
    this.connections = connections;
    this.logger = logger;
  }

  open(): Promise<void> {
    return this.connections.open();
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  beginStatement(isolation: Isolation | undefined): string {
    return this.connections.beginStatement(isolation);
  }

  execute(statement: Statement): Promise<Result> {
    return this.echoed(this.connections, statement);
  }

  async reserve(): Promise<ReservedConnection> {
    const connection = await this.connections.reserve();
    return {
      execute: (statement) => this.echoed(connection, statement),
      release: (broken) => connection.release(broken),
    };
  }

  private async echoed(executor: Executor, statement: Statement): Promise<Result> {
    const startedAt = performance.now();
    try {
      const result = await executor.execute(statement);
      this.tell(statement, startedAt, "");
      return result;
    } catch (error) {
      this.tell(statement, startedAt, " failed");
      throw error;
    }
  }

  private tell(statement: Statement, startedAt: number, outcome: string): void {
    const durationMs = performance.now() - startedAt;
    try {
      this.logger.info(`${shownStatement(statement)} (${durationMs.toFixed(2)} ms)${outcome}`);
    } catch {
      // A log that fails is no reason for a statement to fail.
    }
  }
}

/** Its text, with `?` for every string that is written in it, and for every number where an ORM wrote it; then what is bound. */
function shownStatement({ sql, hasValuesInText = false, parameters, secrets }: Statement): string {
  const text = redactedSql(sql, hasValuesInText);
  if (parameters.length === 0) return text;
  const bound = parameters.map((value, index) => {
    if (secrets === undefined) return "?";
    return secrets.has(index) ? "***" : shortened(value);
  });
  return `${text} [${bound.join(", ")}]`;
}

function shortened(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  const text = String(value);
  if (typeof value !== "string" || text.length <= MAX_SHOWN_LENGTH) return text;
  return `${text.slice(0, MAX_SHOWN_LENGTH)}… (${text.length} characters)`;
}
