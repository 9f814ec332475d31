import type { StoredDeadLetter } from "../../core/policies.ts";
import type { Database } from "../database/database.ts";
import { DEAD_LETTERS } from "../own-tables/own-tables.ts";
import { type Sql, sql } from "../query/sql.ts";
import { serverTime, skippingLocked } from "./server-time.ts";
import { textList } from "./text-list.ts";

/** The place of a letter among the others. PostgreSQL's driver gives it as text. */
export type Position = number | string;

/** A letter in its place. */
export interface PlacedLetter {
  readonly position: Position;
  readonly letter: StoredDeadLetter;
}

interface Row {
  readonly position: Position;
  readonly letter: string;
}

/** The table of the dead letters, which is made when it is first needed. */
export class DeadLetterRows {
  private readonly db: Database;
  private readonly leaseMs: number;
  private readonly owner = crypto.randomUUID();

  constructor(db: Database, leaseMs: number) {
    this.db = db;
    this.leaseMs = leaseMs;
  }

  prepare(): Promise<void> {
    return DEAD_LETTERS.prepare(this.db);
  }

  /** Adds a letter, or puts it in the place of the one that there is, whoever has that. */
  async put(letter: StoredDeadLetter): Promise<void> {
    const { id, eventName, moduleName = null, timestamp } = letter;
    await this.execute(sql`
      insert into ${DEAD_LETTERS.sql} (id, event_name, module_name, failed_at, letter)
      values (${id}, ${eventName}, ${moduleName}, ${timestamp}, ${JSON.stringify(letter)})
      on conflict (id) do update set
        event_name = excluded.event_name, module_name = excluded.module_name, failed_at = excluded.failed_at,
        letter = excluded.letter, claimed_by = null, claimed_until = null
    `);
  }

  /** Puts a letter back that was claimed, unless somebody else has claimed it since. */
  async putBack(letter: StoredDeadLetter): Promise<void> {
    const { id, moduleName = null, timestamp } = letter;
    await this.execute(sql`
      update ${DEAD_LETTERS.sql}
      set module_name = ${moduleName}, failed_at = ${timestamp}, letter = ${JSON.stringify(letter)},
        claimed_by = null, claimed_until = null
      where id = ${id} and claimed_by = ${this.owner}
    `);
  }

  /** How many there were for which `condition` held. */
  delete(condition: Sql): Promise<number> {
    return this.execute(sql`delete from ${DEAD_LETTERS.sql} where ${condition}`);
  }

  /** Those that were claimed here, and by nobody since. */
  get mine(): Sql {
    return sql`claimed_by = ${this.owner}`;
  }

  /** The first so many after a place. */
  async after(position: Position, condition: Sql, limit: number): Promise<PlacedLetter[]> {
    const rows = await this.query<Row>(sql`
      select position, letter from ${DEAD_LETTERS.sql} where ${condition} and position > ${position}
      order by position limit ${limit}
    `);
    return rows.map(placed);
  }

  /** How many there are, and the place of the last one. */
  async extent(condition: Sql): Promise<{ readonly last: Position; readonly total: number }> {
    const [row] = await this.query<{ last: Position | null; total: number | string }>(sql`
      select max(position) as last, count(*) as total from ${DEAD_LETTERS.sql} where ${condition}
    `);
    return { last: row?.last ?? 0, total: Number(row?.total) };
  }

  /** Claims the first letter that nobody else has. */
  async claimFirst(condition: Sql): Promise<PlacedLetter | undefined> {
    const { dialect } = this.db;
    const [row] = await this.query<Row>(sql`
      update ${DEAD_LETTERS.sql} set claimed_by = ${this.owner}, claimed_until = ${this.leaseEnd}
      where position = (
        select position from ${DEAD_LETTERS.sql}
        where ${condition} and coalesce(claimed_until, 0) <= ${serverTime(dialect)}
        order by position limit 1 ${skippingLocked(dialect)}
      )
      returning position, letter
    `);
    return row && placed(row);
  }

  /** Gives claims their whole time again. */
  renew(ids: Iterable<string>): Promise<number> {
    return this.execute(sql`
      update ${DEAD_LETTERS.sql} set claimed_until = ${this.leaseEnd}
      where id in (${textList(this.db.dialect, ids)}) and ${this.mine}
    `);
  }

  private get leaseEnd(): Sql {
    return sql`${serverTime(this.db.dialect)} + ${this.leaseMs}`;
  }

  private async execute(statement: Sql): Promise<number> {
    await this.prepare();
    return this.db.execute(statement);
  }

  private async query<Result>(statement: Sql): Promise<Result[]> {
    await this.prepare();
    return this.db.query<Result>(statement);
  }
}

function placed({ position, letter }: Row): PlacedLetter {
  return { position, letter: JSON.parse(letter) };
}
