import { ok, strictEqual } from "node:assert";
import type { Awaitable, OperationName, Subject } from "./contender.ts";
import { LIMIT, nameOf, newUsers, ROWS, type UsersTable } from "./users.ts";

/** Something that is measured. */
export interface Operation {
  name: OperationName;
  title: string;
  /** What a turn of the loop does this often, so that figures are of one. */
  rowsPerTurn: number;
  /** Makes the table ready, and what `turns` turns need. None of it is measured. */
  prepare(table: UsersTable, turns: number): Promise<Batch>;
}

export interface Batch {
  /** One turn after the other: what is measured. */
  run(): Promise<void>;
  /** @throws {AssertionError} if the last answer is wrong. */
  check(): void;
}

export const operations: Operation[] = [
  operation({
    name: "getById",
    title: `getById, of ${ROWS.toLocaleString("en")} rows`,
    prepare: (table) => table.fill(),
    inputs: (table, turns) => table.pick(turns),
    run: (subject, { id }) => subject.getById(id),
    check: (found, { id }) => strictEqual(found?.id, id),
  }),
  operation({
    name: "findMany",
    title: `findMany, the newest ${LIMIT} rows of a name`,
    prepare: (table) => table.fill(),
    inputs: (_, turns) => Array.from({ length: turns }, (_, turn) => nameOf(turn * 7)),
    run: (subject, name) => subject.findMany(name, LIMIT),
    check(found, name) {
      strictEqual(found.length, LIMIT);
      ok(found.every((user) => user.name === name));
    },
  }),
  operation({
    name: "update",
    title: "update of one row by its id",
    prepare: (table) => table.fill(),
    inputs: (table, turns) => table.pick(turns).map(({ id }, turn) => ({ id, name: `Renamed ${turn}` })),
    run: (subject, { id, name }) => subject.update(id, name),
    check(updated, { id, name }) {
      strictEqual(updated?.id, id);
      strictEqual(updated.name, name);
    },
  }),
  operation({
    name: "create",
    title: "create of one row",
    prepare: (table) => table.empty(),
    inputs: (_, turns) => newUsers(turns),
    run: (subject, user) => subject.create(user),
    check: (created, { email }) => strictEqual(created.email, email),
  }),
  operation({
    name: "createMany",
    title: `createMany of ${ROWS.toLocaleString("en")} rows, per row`,
    rowsPerTurn: ROWS,
    prepare: (table) => table.empty(),
    inputs: (_, turns) => Array.from({ length: turns }, () => newUsers(ROWS)),
    run: (subject, users) => subject.createMany(users),
    check: (created) => strictEqual(created.length, ROWS),
  }),
];

interface Definition<Input, Answer> {
  name: OperationName;
  title: string;
  rowsPerTurn?: number;
  prepare(table: UsersTable): Promise<void>;
  inputs(table: UsersTable, turns: number): Input[];
  run(subject: Subject, input: Input): Awaitable<Answer>;
  check(answer: Answer, input: Input): void;
}

function operation<Input, Answer>(definition: Definition<Input, Answer>): Operation {
  const { name, title, rowsPerTurn = 1, prepare, inputs, run, check } = definition;
  return {
    name,
    title,
    rowsPerTurn,
    async prepare(table, turns) {
      await prepare(table);
      const { subject } = table;
      const given = inputs(table, turns);
      let answer: Answer;
      return {
        async run() {
          for (const input of given) answer = await run(subject, input);
        },
        check: () => check(answer, given.at(-1) as Input),
      };
    },
  };
}
