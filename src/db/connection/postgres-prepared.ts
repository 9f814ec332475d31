import { hash } from "node:crypto";
import { RecentlyUsed } from "./recently-used.ts";

/** The server keeps what a connection prepares as long as the connection: after so many it gives way to another. */
const MAX_PREPARED = 500;

/**
 * The names by which statements are prepared, found by their texts. PostgreSQL cuts off names after 63 characters; other
 * processes have the same ones, since a pooler may give them the same connection.
 */
export class StatementNames {
  private readonly names = new RecentlyUsed<string>(MAX_PREPARED);

  of(sql: string): string {
    return this.names.get(sql, () => `tsmodules-${hash("sha256", sql, "hex").slice(0, 40)}`);
  }
}

/** What one connection has prepared. */
export class PreparedStatements {
  private readonly names: StatementNames;
  private readonly prepared = new Set<string>();

  constructor(names: StatementNames) {
    this.names = names;
  }

  /** Whether it takes no other statement. */
  get isFull(): boolean {
    return this.prepared.size >= MAX_PREPARED;
  }

  /** The name of a statement; undefined for one that is not to be prepared. */
  nameOf(sql: string): string | undefined {
    const name = this.names.of(sql);
    if (!this.prepared.has(name)) {
      if (this.isFull) return undefined;
      this.prepared.add(name);
    }
    return name;
  }
}
