import type {
  Connections,
  Executor,
  Isolation,
  ReservedConnection,
  Result,
  Statement,
} from "./connection.ts";
import { redactedSql } from "./redacted-sql.ts";

/** A statement as it is logged. */
export interface EchoedStatement {
  /** With `?` in the place of every string that is written in it, and of every number where an ORM wrote it. */
  readonly sql: string;
  /** What is bound to it, long values cut off, and secret ones hidden: all where nobody knows which are. */
  readonly parameters: readonly unknown[];
  readonly durationMs: number;
  /** What it failed with. */
  readonly error: unknown;
}

export type Echo = (statement: EchoedStatement) => void;

const MAX_SHOWN_LENGTH = 100;

/** Tells of every statement that goes through `connections`. */
export class EchoingConnections implements Connections {
  private readonly connections: Connections;
  private readonly echo: Echo;

  constructor(connections: Connections, echo: Echo) {
    this.connections = connections;
    this.echo = echo;
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
      this.tell(statement, startedAt);
      return result;
    } catch (error) {
      this.tell(statement, startedAt, error);
      throw error;
    }
  }

  private tell(statement: Statement, startedAt: number, error?: unknown): void {
    try {
      this.echo({
        sql: redactedSql(statement.sql, statement.hasValuesInText === true),
        parameters: shownParameters(statement),
        durationMs: performance.now() - startedAt,
        error,
      });
    } catch {
      // A log that fails is no reason for a statement to fail.
    }
  }
}

function shownParameters({ parameters, secrets }: Statement): readonly unknown[] {
  if (secrets === undefined) return parameters.map(() => "?");
  return parameters.map((value, index) => (secrets.has(index) ? "***" : shortened(value)));
}

function shortened(value: unknown): unknown {
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  if (typeof value !== "string" || value.length <= MAX_SHOWN_LENGTH) return value;
  return `${value.slice(0, MAX_SHOWN_LENGTH)}… (${value.length} characters)`;
}
