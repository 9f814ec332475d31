import type { Statement } from "../connection/connection.ts";
import { type DialectName, LOWER } from "../dialect.ts";
import type { Column } from "../model/column.ts";

const MAX_KEPT_PARAMETERS = 16;

/** Collects the values of a statement while it is written. Values never become text. */
export class StatementWriter {
  private readonly dialect: DialectName;
  private readonly parameters: unknown[] = [];
  private readonly secrets = new Set<number>();

  constructor(dialect: DialectName) {
    this.dialect = dialect;
  }

  /** How many values there are. */
  get size(): number {
    return this.parameters.length;
  }

  /** Whether the statement may be worth keeping: those with long lists come once. */
  get isShort(): boolean {
    return this.parameters.length <= MAX_KEPT_PARAMETERS;
  }

  /** A placeholder for a value as the database takes it. */
  bind(value: unknown, secret = false): string {
    if (secret) this.secrets.add(this.parameters.length);
    this.parameters.push(value);
    return this.dialect === "sqlite" ? "?" : `$${this.parameters.length}`;
  }

  /** A placeholder for a value of `column`. */
  bindFor(column: Column, value: unknown): string {
    return this.bind(value === null ? null : column.toDatabase(value), column.secret);
  }

  /** Whether text matches a pattern, whatever the case of its letters. */
  ilike(text: string, pattern: string): string {
    return this.dialect === "sqlite"
      ? `${LOWER}(${text}) like ${LOWER}(${pattern}) escape '\\'`
      : `${text} ilike ${pattern} escape '\\'`;
  }

  /** A statement of somebody else, of whose values nobody knows which are secret. */
  unknown(sql: string): Statement {
    return { sql, parameters: this.parameters };
  }

  statement(sql: string, prepared: boolean): Statement {
    return { sql, parameters: this.parameters, prepared, secrets: this.secrets };
  }
}
