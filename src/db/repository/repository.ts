import type { QueryBuilder } from "@mikro-orm/sql";
import type { RawRow, Result, Statement } from "../connection/connection.ts";
import { translatedError } from "../connection/translated-error.ts";
import type { Database } from "../database/database.ts";
import { ConcurrencyError, RepositoryError } from "../errors.ts";
import type { AnyModel, Changes, IdOf, NewRow, Populated, RelationsOf, RowOf } from "../model/row.ts";
import type { PlainRow, Table } from "../model/table.ts";
import { type Complain, refuseUnknown, shown } from "../query/complaint.ts";
import { insertStatement, insertStatements } from "../query/insert.ts";
import { orderTerms } from "../query/order.ts";
import { type Page, pageOf, pageRequest } from "../query/page.ts";
import { byIdStatement, countStatement, selectStatement } from "../query/select.ts";
import type { Sql } from "../query/sql.ts";
import { deleteStatement, flagStatement, updateStatement } from "../query/update.ts";
import { upsertStatement } from "../query/upsert.ts";
import { alteration } from "../query/values.ts";
import type { Where } from "../query/where.ts";
import { populate } from "./populate.ts";
import type {
  FindOptions,
  PageOptions,
  PopulateOptions,
  UpdateOptions,
  UpsertOptions,
  VisibilityOptions,
} from "./repository-options.ts";

const DEFAULT_LIMIT = 100;

const GET_OPTIONS: readonly string[] = ["includeDeleted", "populate"];
const FIND_OPTIONS: readonly string[] = ["limit", "offset", "orderBy", ...GET_OPTIONS];
const PAGE_OPTIONS: readonly string[] = ["first", "after", "where", "orderBy", ...GET_OPTIONS];

/**
 * The rows of one model. What it does within `db.transaction` is part of that transaction.
 *
 * @example
 * class Users extends Repository<typeof User> {
 *   constructor(db: Database) {
 *     super(db, User);
 *   }
 *   byDomain(domain: string) {
 *     return this.findMany({ email: { endsWith: `@${domain}` } });
 *   }
 * }
 */
export class Repository<M extends AnyModel> {
  readonly db: Database;
  readonly model: M;

  constructor(db: Database, model: M) {
    this.db = db;
    this.model = model;
  }

  /**
   * Makes a row and gives it as the database has it.
   *
   * @throws {DuplicateError} if a unique value is taken.
   * @throws {RepositoryError} naming what is unknown, missing or unfit.
   */
  async create(values: NewRow<M>): Promise<RowOf<M>> {
    const [row] = await this.rows("create", insertStatement(this.table, values, this.complain("create")));
    return row as RowOf<M>;
  }

  /**
   * Makes many rows, 1,000 by one statement, all of them or none, and gives them in the same order.
   *
   * @throws what `create` throws.
   */
  async createMany(rows: readonly NewRow<M>[]): Promise<RowOf<M>[]> {
    if (!Array.isArray(rows))
      throw this.complain("createMany")(`expected an array of rows, not ${shown(rows)}`);
    const complain = this.complain("createMany");
    const statements = insertStatements(
      this.table,
      rows,
      (index) => (problem) => complain(`row ${index}: ${problem}`),
    );
    const made = new Array<RowOf<M>>(rows.length);
    const insert = async () => {
      for (const { statement, indexes } of statements) {
        const inserted = await this.rows("createMany", statement);
        for (const [at, index] of indexes.entries()) made[index] = inserted[at] as RowOf<M>;
      }
    };
    await (statements.length > 1 ? this.db.transaction(insert) : insert());
    return made;
  }

  /**
   * Makes a row, or changes what is given of the one that is there already. One that was deleted softly comes back.
   *
   * @throws {RepositoryError} as `create`, and if `on` is not unique together.
   */
  async upsert(values: NewRow<M>, options: UpsertOptions<M> = {}): Promise<RowOf<M>> {
    const complain = this.complain("upsert");
    refuseUnknown(options, ["on"], complain);
    const statement = upsertStatement(this.table, values, options.on, complain);
    const [row] = await this.rows("upsert", statement);
    return row as RowOf<M>;
  }

  /** The row of a key, or null. */
  async getById<Relation extends RelationsOf<M> = never>(
    id: IdOf<M>,
    options: VisibilityOptions & PopulateOptions<Relation> = {},
  ): Promise<Populated<M, Relation> | null> {
    const { includeDeleted = false, populate: relations } = options;
    refuseUnknown(options, GET_OPTIONS, this.complain("getById"));
    if (!this.canBeId(id)) return null;
    const rows = await this.rows("getById", byIdStatement(this.table, id, includeDeleted));
    if (relations !== undefined) await this.populate("getById", rows, relations);
    return (rows[0] as Populated<M, Relation> | undefined) ?? null;
  }

  /** Rows, 100 unless told otherwise, newest first. */
  getAll<Relation extends RelationsOf<M> = never>(
    options: FindOptions<M> & PopulateOptions<Relation> = {},
  ): Promise<Populated<M, Relation>[]> {
    return this.find("getAll", {}, { ...options, limit: options.limit ?? DEFAULT_LIMIT });
  }

  /** The first row that fits, or null. */
  async findOne<Relation extends RelationsOf<M> = never>(
    where: Where<M>,
    options: Omit<FindOptions<M>, "limit"> & PopulateOptions<Relation> = {},
  ): Promise<Populated<M, Relation> | null> {
    const [row] = await this.find("findOne", where, { ...options, limit: 1 });
    return row ?? null;
  }

  /**
   * All rows that fit.
   *
   * @example
   * await users.findMany({ name: ["Ada", "Grace"], createdAt: { gte: yesterday } }, { limit: 20 });
   * for (const { title, author } of await books.findMany({}, { populate: ["author"] })) print(title, author.name);
   * @throws {RepositoryError} naming a property or an operator that is unknown, or a value that does not fit.
   */
  findMany<Relation extends RelationsOf<M> = never>(
    where: Where<M>,
    options: FindOptions<M> & PopulateOptions<Relation> = {},
  ): Promise<Populated<M, Relation>[]> {
    return this.find("findMany", where, options);
  }

  /**
   * A page of the rows. Rows that come or go meanwhile neither repeat others nor hide them.
   *
   * @throws {ValidationError} if `after` is no cursor of this list.
   */
  async paginate<Relation extends RelationsOf<M> = never>(
    options: PageOptions<M> & PopulateOptions<Relation> = {},
  ): Promise<Page<Populated<M, Relation>>> {
    const { table } = this;
    const complain = this.complain("paginate");
    refuseUnknown(options, PAGE_OPTIONS, complain);
    const request = pageRequest(table, options, complain);
    const page = pageOf<Populated<M, Relation>>(
      table,
      request,
      await this.raws("paginate", request.statement),
    );
    if (options.populate !== undefined) await this.populate("paginate", page.items, options.populate);
    return page;
  }

  /**
   * Changes a row and gives it as it is then; null where there is none, or only one that is deleted softly.
   *
   * @throws {ConcurrencyError} if the row has another version than `version`.
   * @throws {DuplicateError} if a unique value is taken.
   * @throws {RepositoryError} naming what is unknown or unfit.
   */
  async update(id: IdOf<M>, changes: Changes<M>, options: UpdateOptions = {}): Promise<RowOf<M> | null> {
    const { table } = this;
    const { version } = options;
    const complain = this.complain("update");
    refuseUnknown(options, ["version"], complain);
    const assignments = alteration(table, changes, complain);
    if (version !== undefined) this.refuseUnfitVersion(version, complain);
    if (!this.canBeId(id)) return null;
    if (assignments.length === 0 && version === undefined) return this.getById(id);
    const [row] = await this.rows("update", updateStatement(table, id, assignments, version));
    if (row === undefined && version !== undefined) await this.refuseIfOvertaken(id, version);
    return row ?? null;
  }

  /**
   * Hides a row; says whether there was one to hide.
   *
   * @throws {RepositoryError} if the model is without `softDelete()`.
   */
  softDelete(id: IdOf<M>): Promise<boolean> {
    return this.flag("softDelete", id, true);
  }

  /**
   * Shows a hidden row again; says whether there was one.
   *
   * @throws {RepositoryError} if the model is without `softDelete()`.
   */
  restore(id: IdOf<M>): Promise<boolean> {
    return this.flag("restore", id, false);
  }

  /** Deletes a row for good, hidden or not; says whether there was one. */
  async delete(id: IdOf<M>): Promise<boolean> {
    if (!this.canBeId(id)) return false;
    return (await this.changed("delete", deleteStatement(this.table, id))) > 0;
  }

  /** How many rows there are, or fit. */
  async count(where: Where<M> = {}, options: VisibilityOptions = {}): Promise<number> {
    const { includeDeleted } = options;
    const complain = this.complain("count");
    refuseUnknown(options, ["includeDeleted"], complain);
    const statement = countStatement(this.table, { where, includeDeleted }, complain);
    const [row] = await this.raws("count", statement);
    return Number(row?.count);
  }

  /** Whether there is a row of this key. */
  async exists(id: IdOf<M>, options: VisibilityOptions = {}): Promise<boolean> {
    return (await this.getById(id, options)) !== null;
  }

  /**
   * The rows of a statement that selects every column of the model: for queries of one's own.
   *
   * @example
   * this.select(sql`select * from ${User} where length(name) > ${20}`);
   * @throws {RepositoryError} naming the properties that the statement does not give.
   */
  protected async select(statement: Sql): Promise<RowOf<M>[]> {
    const { table } = this;
    const renamed = (await this.db.query(statement)).map(table.renamed);
    const [first] = renamed;
    const missing =
      first === undefined ? [] : [...table.byProperty.keys()].filter((name) => !(name in first));
    if (missing.length > 0) {
      throw this.complain("select")(
        `the statement does not give ${missing.join(", ")}; select every column, or use db.query`,
      );
    }
    return renamed.map((row) => table.rowOf(row) as RowOf<M>);
  }

  /** MikroORM's query builder for the model: for queries that are put together piece by piece. */
  protected queryBuilder<Alias extends string = never>(
    alias?: Alias,
  ): QueryBuilder<M["~entity"] & object, Alias> {
    return this.db.em.createQueryBuilder(this.model as never, alias) as never;
  }

  private get table(): Table {
    return this.db.table(this.model);
  }

  private async find<Relation extends string>(
    operation: string,
    where: Where<M>,
    options: FindOptions<M> & PopulateOptions<Relation>,
  ): Promise<Populated<M, Relation>[]> {
    const { limit, offset, orderBy, includeDeleted, populate: relations } = options;
    const complain = this.complain(operation);
    refuseUnknown(options, FIND_OPTIONS, complain);
    const terms = orderTerms(this.table, orderBy, complain);
    const selection = { where, includeDeleted };
    const statement = selectStatement(this.table, selection, { terms, limit, offset }, complain);
    const rows = await this.rows(operation, statement);
    if (relations !== undefined) await this.populate(operation, rows, relations);
    return rows as Populated<M, Relation>[];
  }

  private populate(operation: string, rows: readonly unknown[], relations: readonly string[]): Promise<void> {
    const run = async (table: Table, statement: Statement) =>
      (await this.run(operation, statement, table)).rows;
    return populate(this.table, rows as PlainRow[], relations, run, this.complain(operation));
  }

  private async flag(operation: string, id: IdOf<M>, isDeleted: boolean): Promise<boolean> {
    const { table } = this;
    if (table.isDeleted === undefined) {
      throw this.complain(operation)("the model has no isDeleted; add ...softDelete() to its properties");
    }
    if (!this.canBeId(id)) return false;
    return (await this.changed(operation, flagStatement(table, id, isDeleted))) > 0;
  }

  /** What could never be a key is none: PostgreSQL would refuse it, where SQLite finds nothing. */
  private canBeId(id: unknown): boolean {
    return id !== null && id !== undefined && this.table.id.problemOf(id) === undefined;
  }

  private refuseUnfitVersion(version: unknown, complain: Complain): void {
    if (this.table.version === undefined) {
      throw complain("the model has no version; add ...versioned() to its properties");
    }
    const expected = this.table.version.problemOf(version);
    if (expected !== undefined) throw complain(`version must be ${expected}, not ${shown(version)}`);
  }

  private async refuseIfOvertaken(id: IdOf<M>, expected: number): Promise<void> {
    const row = await this.getById(id);
    if (row === null) return;
    const actual = (row as PlainRow)[this.table.version?.property ?? ""] as number;
    const named = this.table.id.secret ? "the row" : `row ${String(id)}`;
    throw new ConcurrencyError(this.table.model, "update", { id, row: named, expected, actual });
  }

  private complain(operation: string): Complain {
    return (problem) => new RepositoryError(this.table.model, operation, problem);
  }

  private async rows(operation: string, statement: Statement): Promise<RowOf<M>[]> {
    const { rowOf } = this.table;
    return (await this.raws(operation, statement)).map((raw) => rowOf(raw) as RowOf<M>);
  }

  private async raws(operation: string, statement: Statement): Promise<readonly RawRow[]> {
    return (await this.run(operation, statement)).rows;
  }

  private async changed(operation: string, statement: Statement): Promise<number> {
    return (await this.run(operation, statement)).changes;
  }

  private async run(operation: string, statement: Statement, table = this.table): Promise<Result> {
    try {
      return await this.db.run(statement);
    } catch (error) {
      throw translatedError(error, { operation, table });
    }
  }
}
