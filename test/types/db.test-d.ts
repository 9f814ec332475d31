import { Module, ModuleHost } from "tsmodules";
import {
  type AnyModel,
  type Changes,
  Database,
  defineModel,
  type IdOf,
  identifier,
  type NewRow,
  type Page,
  type Populated,
  p,
  type RelationsOf,
  Repository,
  type RowOf,
  type Sql,
  softDelete,
  sql,
  timestamps,
  transactional,
  uuid,
  versioned,
  type Where,
} from "tsmodules/db";
import { expectTypeOf } from "vitest";

type UserId = string & { readonly __user: true };
interface Settings {
  theme: "dark" | "light";
}
const Level = { Low: 1, High: 2 } as const;

// Rows, new rows, changes and keys follow from the mixins alone.
const Note = defineModel("notes", { ...uuid(), ...timestamps(), ...softDelete(), ...versioned() });
expectTypeOf<RowOf<typeof Note>>().toEqualTypeOf<{
  id: string;
  createdAt: Date;
  updatedAt: Date;
  isDeleted: boolean;
  version: number;
}>();
expectTypeOf<NewRow<typeof Note>>().toEqualTypeOf<{
  id?: string | undefined;
  createdAt?: Date | undefined;
  updatedAt?: Date | undefined;
  isDeleted?: boolean | undefined;
  version?: number | undefined;
}>();
expectTypeOf<Changes<typeof Note>>().toEqualTypeOf<{
  createdAt?: Date | undefined;
  updatedAt?: Date | undefined;
  isDeleted?: boolean | undefined;
}>();
expectTypeOf<IdOf<typeof Note>>().toEqualTypeOf<string>();

// Every kind of property.
const Kinds = defineModel("kinds", {
  id: p.integer().primary().autoincrement(),
  string: p.string().length(100).unique(),
  trimmed: p.string().trim().lowercase(),
  text: p.text().index(),
  character: p.character(),
  uuid: p.uuid(),
  integer: p.integer(),
  smallint: p.smallint(),
  tinyint: p.tinyint(),
  mediumint: p.mediumint(),
  bigint: p.bigint(),
  bigintAsNumber: p.bigint("number"),
  bigintAsText: p.bigint("string"),
  float: p.float(),
  double: p.double(),
  decimal: p.decimal().precision(12).scale(2),
  decimalAsNumber: p.decimal("number"),
  boolean: p.boolean(),
  datetime: p.datetime(3),
  date: p.date(),
  time: p.time(),
  interval: p.interval(),
  oneOfTexts: p.enum(["reader", "writer"]),
  oneOfNumbers: p.enum([1, 2]),
  oneOfAnObject: p.enum(Level),
  severalOf: p.enum(["a", "b"]).array(),
  json: p.json<Settings>(),
  texts: p.array(),
  numbers: p.array(Number),
  bytes: p.uint8array(),
  ofMyType: p.string().$type<UserId>(),
  ofMyNumber: p.integer().$type<1 | 2>(),
  named: p.string().name("other_name"),
  lazy: p.string().lazy(),
  hidden: p.string().hidden(),
  hiddenFlag: p.boolean().hidden(),
});
interface KindsRow {
  string: string;
  trimmed: string;
  text: string;
  character: string;
  uuid: string;
  integer: number;
  smallint: number;
  tinyint: number;
  mediumint: number;
  bigint: bigint;
  bigintAsNumber: number;
  bigintAsText: string;
  float: number;
  double: number;
  decimal: string;
  decimalAsNumber: number;
  boolean: boolean;
  datetime: Date;
  date: string;
  time: string;
  interval: string;
  oneOfTexts: "reader" | "writer";
  oneOfNumbers: 1 | 2;
  oneOfAnObject: 1 | 2;
  severalOf: ("a" | "b")[];
  json: Settings;
  texts: string[];
  numbers: number[];
  bytes: Uint8Array;
  ofMyType: UserId;
  ofMyNumber: 1 | 2;
  named: string;
  lazy: string;
  hidden: string;
  hiddenFlag: boolean;
}
type Flat<Type> = { [Name in keyof Type]: Type[Name] };
expectTypeOf<RowOf<typeof Kinds>>().toEqualTypeOf<Flat<KindsRow & { id: number }>>();
expectTypeOf<NewRow<typeof Kinds>>().toEqualTypeOf<Flat<KindsRow & { id?: number | undefined }>>();
expectTypeOf<Changes<typeof Kinds>>().toEqualTypeOf<{
  [Name in keyof KindsRow]?: KindsRow[Name] | undefined;
}>();
expectTypeOf<IdOf<typeof Kinds>>().toEqualTypeOf<number>();

// What may be left out of a new row: what has a value, or none, where nobody says one.
const Filled = defineModel("filled", {
  id: p.bigint().primary().autoincrement(),
  none: p.string().nullable(),
  noneEither: p.enum(["a", "b"]).strictNullable(),
  noSettings: p.json<Settings>().nullable().hidden(),
  byDefault: p.enum(["a", "b"]).default("a"),
  listByDefault: p.array().default([]),
  byTheDatabase: p.datetime().defaultRaw("current_timestamp"),
  onCreate: p.double().onCreate(() => 1.5),
  onUpdate: p.double().onUpdate(() => 1.5),
  computed: p.integer().generated("(1 + 1) stored").nullable(),
  notKept: p.string().persist(false),
});
expectTypeOf<RowOf<typeof Filled>>().toEqualTypeOf<{
  id: bigint;
  none: string | null;
  noneEither: "a" | "b" | null;
  noSettings: Settings | null;
  byDefault: "a" | "b";
  listByDefault: string[];
  byTheDatabase: Date;
  onCreate: number;
  onUpdate: number;
  computed: number | null;
}>();
expectTypeOf<NewRow<typeof Filled>>().toEqualTypeOf<{
  onUpdate: number;
  id?: bigint | undefined;
  none?: string | null | undefined;
  noneEither?: "a" | "b" | null | undefined;
  noSettings?: Settings | null | undefined;
  byDefault?: "a" | "b" | undefined;
  listByDefault?: string[] | undefined;
  byTheDatabase?: Date | undefined;
  onCreate?: number | undefined;
  computed?: number | null | undefined;
}>();
expectTypeOf<IdOf<typeof Filled>>().toEqualTypeOf<bigint>();

// A relation is the key of the other row, whatever that is; what is in other tables is not in a row.
const Author = defineModel("authors", {
  id: p
    .uuid()
    .$type<UserId>()
    .primary()
    .onCreate(() => "…" as UserId),
  name: p.string(),
  books: () => p.oneToMany(Book).mappedBy("author"),
  tags: () => p.manyToMany(Tag),
  profile: () => p.oneToOne(Profile).mappedBy("author"),
});
const Book = defineModel("books", {
  ...uuid(),
  author: () => p.manyToOne(Author).deleteRule("cascade"),
  editor: () => p.manyToOne(Author).nullable().ref(),
  prequel: () => p.manyToOne(Book).nullable(),
  tag: () => p.manyToOne(Tag).mapToPk(),
  blurb: () => p.oneToOne(Blurb),
});
const Tag = defineModel("tags", { code: p.enum(["new", "old"]).primary() });
const Profile = defineModel("profiles", { author: () => p.oneToOne(Author).primary(), bio: p.text() });
const Blurb = defineModel("blurbs", { profile: () => p.oneToOne(Profile).primary() });
expectTypeOf<RowOf<typeof Author>>().toEqualTypeOf<{ id: UserId; name: string }>();
expectTypeOf<NewRow<typeof Author>>().toEqualTypeOf<{ name: string; id?: UserId | undefined }>();
expectTypeOf<RowOf<typeof Book>>().toEqualTypeOf<{
  id: string;
  author: UserId;
  editor: UserId | null;
  prequel: string | null;
  tag: "new" | "old";
  blurb: UserId;
}>();
expectTypeOf<NewRow<typeof Book>>().toEqualTypeOf<{
  author: UserId;
  tag: "new" | "old";
  blurb: UserId;
  id?: string | undefined;
  editor?: UserId | null | undefined;
  prequel?: string | null | undefined;
}>();
expectTypeOf<RowOf<typeof Blurb>>().toEqualTypeOf<{ profile: UserId }>();
expectTypeOf<Changes<typeof Profile>>().toEqualTypeOf<{ bio?: string | undefined }>();
expectTypeOf<IdOf<typeof Author>>().toEqualTypeOf<UserId>();
expectTypeOf<IdOf<typeof Tag>>().toEqualTypeOf<"new" | "old">();
expectTypeOf<IdOf<typeof Blurb>>().toEqualTypeOf<UserId>();

const WithoutKey = defineModel("without_key", { name: p.string() });
expectTypeOf<IdOf<typeof WithoutKey>>().toEqualTypeOf<never>();

// Options of a model name its properties.
defineModel("seats", { ...uuid(), row: p.integer() }, { unique: [["id", "row"]], indexes: [["row"]] });
// @ts-expect-error there is no such property
defineModel("seats", { ...uuid(), row: p.integer() }, { unique: [["seat"]] });
// @ts-expect-error there is no such property
defineModel("seats", { ...uuid(), row: p.integer() }, { indexes: [["seat"]] });
// @ts-expect-error there is no such option
defineModel("seats", { ...uuid(), row: p.integer() }, { uniques: [["row"]] });
// @ts-expect-error a table has a name
defineModel({ ...uuid() });

// A repository gives rows.
const User = defineModel("users", {
  ...uuid(),
  ...timestamps(),
  ...softDelete(),
  ...versioned(),
  name: p.string(),
  age: p.integer().nullable(),
  admin: p.boolean().default(false),
  role: p.enum(["reader", "writer"]).default("reader"),
  settings: p.json<Settings>().nullable(),
  bytes: p.uint8array().nullable(),
});
type User = RowOf<typeof User>;
const db = new Database({ url: "sqlite::memory:", models: [User, Book] });
const users = new Repository(db, User);
expectTypeOf(users).toEqualTypeOf<Repository<typeof User>>();
expectTypeOf(users.create).returns.toEqualTypeOf<Promise<User>>();
expectTypeOf(users.create).parameters.toEqualTypeOf<[NewRow<typeof User>]>();
expectTypeOf(users.createMany).returns.toEqualTypeOf<Promise<User[]>>();
expectTypeOf(users.upsert).returns.toEqualTypeOf<Promise<User>>();
expectTypeOf(users.getById("a")).toEqualTypeOf<Promise<User | null>>();
expectTypeOf(users.getAll()).toEqualTypeOf<Promise<User[]>>();
expectTypeOf(users.findOne({})).toEqualTypeOf<Promise<User | null>>();
expectTypeOf(users.findMany({}, { limit: 1 })).toEqualTypeOf<Promise<User[]>>();
expectTypeOf(users.paginate({ first: 1 })).toEqualTypeOf<Promise<Page<User>>>();
expectTypeOf<Awaited<ReturnType<typeof users.getById>>>().toEqualTypeOf<User | null>();
expectTypeOf<Page<User>>().toEqualTypeOf<{
  readonly items: User[];
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}>();
expectTypeOf(users.update).returns.toEqualTypeOf<Promise<User | null>>();
expectTypeOf(users.update).parameter(1).toEqualTypeOf<Changes<typeof User>>();
expectTypeOf(users.softDelete).returns.toEqualTypeOf<Promise<boolean>>();
expectTypeOf(users.restore).returns.toEqualTypeOf<Promise<boolean>>();
expectTypeOf(users.delete).returns.toEqualTypeOf<Promise<boolean>>();
expectTypeOf(users.exists).returns.toEqualTypeOf<Promise<boolean>>();
expectTypeOf(users.count).returns.toEqualTypeOf<Promise<number>>();
expectTypeOf(new Repository(db, Book).exists).parameter(0).toEqualTypeOf<string>();
expectTypeOf(new Repository(db, Author).exists).parameter(0).toEqualTypeOf<UserId>();

void users.create({ name: "Ada" });
void users.create({ name: "Ada", age: undefined, settings: null, role: "writer" });
void users.createMany([{ name: "Ada" }, { name: "Grace", age: 85 }]);
void users.upsert({ name: "Ada" }, { on: ["name", "age"] });
void users.update("1", { name: undefined, age: null, createdAt: new Date() }, { version: 1 });
// @ts-expect-error a property is missing
void users.create({ age: 36 });
void users.create({
  name: "Ada",
  // @ts-expect-error there is no such property
  email: "ada@example.com",
});
void users.create({
  // @ts-expect-error a property has the wrong type
  name: 1,
});
void users.create({
  // @ts-expect-error the column is not nullable
  name: null,
});
void users.create({
  name: "Ada",
  // @ts-expect-error this is none of the enum
  role: "editor",
});
void users.createMany([
  { name: "Ada" },
  {
    name: "Grace",
    // @ts-expect-error there is no such property
    email: "grace@example.com",
  },
]);
// @ts-expect-error there is no such property
void users.upsert({ name: "Ada" }, { on: ["email"] });
void users.update("1", {
  // @ts-expect-error there is no such property
  email: "ada@example.com",
});
void users.update("1", {
  // @ts-expect-error a key does not change
  id: "2",
});
void users.update("1", {
  // @ts-expect-error a version counts by itself
  version: 2,
});
void users.update("1", {
  // @ts-expect-error the column is not nullable
  name: null,
});
// @ts-expect-error a version is a number
void users.update("1", { name: "Ada" }, { version: "1" });
// @ts-expect-error a key has the wrong type
void users.update(1, { name: "Ada" });
// @ts-expect-error a key has the wrong type
void users.getById(1);
// @ts-expect-error a key is required
void users.delete();
// @ts-expect-error this is no model
new Repository(db, {});
// @ts-expect-error this is a row's type, not its model
void ((row: User) => new Repository(db, row));
const found = await users.getById("1");
// @ts-expect-error it may be null
void found.name;

// Conditions: a value, several, or operators that its kind of value has.
void users.findMany({});
void users.findMany([]);
void users.findMany({ name: "Ada", age: null, admin: true, createdAt: new Date(), role: "reader" });
void users.findMany({ name: ["Ada", "Grace"], age: [1, null], role: ["reader", "writer"] as const });
void users.findMany({ name: { eq: "Ada" }, age: { ne: null, in: [1, null], notIn: [2] } });
void users.findMany({
  name: { gt: "A", like: "%a", notLike: "b", ilike: "c" },
  age: { gte: 1, lt: 9, lte: 8 },
});
void users.findMany({
  name: { startsWith: "A", endsWith: "a", contains: "d" },
  createdAt: { gt: new Date() },
});
void users.findMany({ role: { in: ["reader"], like: "r%" }, settings: null });
void users.findMany([{ name: "Ada" }, { age: { gt: 1 } }]);
void users.findOne({ name: "Ada" }, { orderBy: { name: "asc" }, offset: 1, includeDeleted: true });
void users.findMany({
  // @ts-expect-error there is no such property
  email: "ada@example.com",
});
void users.findMany([
  { name: "Ada" },
  {
    // @ts-expect-error there is no such property
    email: "ada@example.com",
  },
]);
void users.findMany({
  // @ts-expect-error the value has the wrong type
  name: 1,
});
void users.findMany({
  // @ts-expect-error one of the values has the wrong type
  name: ["Ada", 1],
});
void users.findMany({
  // @ts-expect-error the column is not nullable
  name: null,
});
void users.findMany({
  // @ts-expect-error this is none of the enum
  role: "editor",
});
// @ts-expect-error one of the values is none of the enum
void users.findMany({ role: { in: ["reader", "editor"] } });
// @ts-expect-error there is no such operator
void users.findMany({ name: { matches: "Ada" } });
// @ts-expect-error patterns are for text
void users.findMany({ age: { like: "1%" } });
// @ts-expect-error patterns are for text
void users.findMany({ createdAt: { startsWith: "2026" } });
// @ts-expect-error nothing is greater than null
void users.findMany({ age: { gt: null } });
// @ts-expect-error JSON is not compared
void users.findMany({ settings: { theme: "dark" } });
// @ts-expect-error bytes are not compared
void users.findMany({ bytes: new Uint8Array() });
void users.count({
  // @ts-expect-error there is no such property
  email: "ada@example.com",
});

// Orders and options.
void users.getAll({ limit: 10, offset: undefined, orderBy: { name: "asc", age: "desc" } });
void users.paginate({ first: 10, after: null, where: { name: "Ada" }, orderBy: { name: "asc" } });
void users.getAll({
  orderBy: {
    // @ts-expect-error there is no such property
    email: "asc",
  },
});
void users.getAll({
  orderBy: {
    // @ts-expect-error this is no direction
    name: "up",
  },
});
void users.paginate({
  where: {
    // @ts-expect-error there is no such property
    email: "ada@example.com",
  },
});
void users.paginate({
  orderBy: {
    // @ts-expect-error there is no such property
    email: "asc",
  },
});
// @ts-expect-error there is no such option
void users.findMany({}, { take: 1 });
// @ts-expect-error one row has no limit
void users.findOne({}, { limit: 1 });
// @ts-expect-error a page begins after a cursor
void users.paginate({ offset: 1 });

// A repository of one's own has its model's types, and so has one that is made for any model.
class Users extends Repository<typeof User> {
  constructor(database: Database) {
    super(database, User);
  }
  adults() {
    return this.findMany({ age: { gte: 18 } }, { orderBy: { age: "asc" } });
  }
  named(name: string) {
    return this.select(sql`select * from ${User} where name = ${name}`);
  }
  strangers() {
    // @ts-expect-error there is no such property
    return this.findMany({ email: null });
  }
}
expectTypeOf(new Users(db).adults).returns.toEqualTypeOf<Promise<User[]>>();
expectTypeOf(new Users(db).named).returns.toEqualTypeOf<Promise<User[]>>();
expectTypeOf(new Users(db).create).parameters.toEqualTypeOf<[NewRow<typeof User>]>();

async function firstOf<M extends AnyModel>(repository: Repository<M>, where: Where<M>): Promise<RowOf<M>> {
  const row = (await repository.findOne(where)) ?? (await repository.getAll({ limit: 1 }))[0];
  if (row === undefined) throw new Error("there is none");
  return row;
}
expectTypeOf(await firstOf(users, { name: "Ada" })).toEqualTypeOf<User>();
expectTypeOf(await firstOf(new Users(db), { name: "Ada" })).toEqualTypeOf<User>();
// @ts-expect-error there is no such property
void firstOf(users, { email: "ada@example.com" });

// A transaction gives what its function gives.
expectTypeOf(await db.transaction(async () => ({ n: 1 }))).toEqualTypeOf<{ n: number }>();
expectTypeOf(
  await db.transaction(() => users.getById("1"), { isolation: "serializable", retries: 3 }),
).toEqualTypeOf<User | null>();
expectTypeOf(await db.transaction(() => {})).toEqualTypeOf<void>();
expectTypeOf(db.outsideTransaction(() => users.count())).toEqualTypeOf<Promise<number>>();
// @ts-expect-error there is no such isolation
void db.transaction(() => {}, { isolation: "none" });
// @ts-expect-error there is no such option
void db.transaction(() => {}, { retry: 1 });
// @ts-expect-error there has to be something to do
void db.transaction();

// Statements are written with the tag, which binds their values.
expectTypeOf(sql`select * from ${User} where name = ${"Ada"} and ${sql`age > ${1}`}`).toEqualTypeOf<Sql>();
expectTypeOf(identifier("users", "name")).toEqualTypeOf<Sql>();
expectTypeOf(await db.query(sql`select 1`)).toEqualTypeOf<Record<string, unknown>[]>();
expectTypeOf(await db.query<{ n: number }>(sql`select 1 as n`)).toEqualTypeOf<{ n: number }[]>();
expectTypeOf(await db.execute(sql`delete from ${User}`)).toEqualTypeOf<number>();
// @ts-expect-error text is no statement
void db.query("select 1");
// @ts-expect-error text is no statement
void db.execute(`delete from users where name = ${"Ada"}`);

// It is middleware of a host.
class Empty extends Module {
  static override readonly metadata = { name: "Empty" };
}
const host = new ModuleHost().register(new Empty());
host.use(transactional(db));
host.use(transactional(db, { isolation: "serializable", retries: 3 }));
// @ts-expect-error there is no such option
host.use(transactional(db, { retry: 1 }));
// @ts-expect-error these are no events
host.use(transactional(db, { events: [Empty] }));

// The options of a database.
// @ts-expect-error a URL is required
new Database({ models: [User] });
// @ts-expect-error this is no model
new Database({ url: "sqlite::memory:", models: [{}] });
// @ts-expect-error there is no such option
new Database({ url: "sqlite::memory:", pool: 5 });

// Relations that are followed: whole rows in the place of keys.
const books = new Repository(db, Book);
const authors = new Repository(db, Author);
const [followed] = await books.findMany({}, { populate: ["author", "editor", "prequel"] });
if (followed !== undefined) {
  expectTypeOf(followed.author).toEqualTypeOf<RowOf<typeof Author>>();
  expectTypeOf(followed.editor).toEqualTypeOf<RowOf<typeof Author> | null>();
  expectTypeOf(followed.prequel).toEqualTypeOf<RowOf<typeof Book> | null>();
  expectTypeOf(followed.tag).toEqualTypeOf<"new" | "old">();
  expectTypeOf(followed.id).toEqualTypeOf<string>();
}
expectTypeOf(await authors.getById("…" as UserId, { populate: ["books"] })).toEqualTypeOf<{
  id: UserId;
  name: string;
  books: RowOf<typeof Book>[];
} | null>();
expectTypeOf((await authors.paginate({ populate: ["books"] })).items).toEqualTypeOf<
  Populated<typeof Author, "books">[]
>();
expectTypeOf(await books.getAll({ populate: undefined })).toEqualTypeOf<RowOf<typeof Book>[]>();
expectTypeOf<RelationsOf<typeof Author>>().toEqualTypeOf<"books" | "profile">();
expectTypeOf<RelationsOf<typeof User>>().toEqualTypeOf<never>();
// @ts-expect-error: a column is no relation.
authors.getAll({ populate: ["name"] });
// @ts-expect-error: relations of many to many are not followed.
authors.getAll({ populate: ["tags"] });
// @ts-expect-error: User has none.
users.findOne({}, { populate: ["books"] });
