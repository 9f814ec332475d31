import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { type Database, defineModel, p, Repository } from "../index.ts";

const Item = defineModel("items", { id: p.integer().primary() });

/** What a transaction does, one after the other. */
type Step =
  | { readonly kind: "create" | "duplicate" | "throw" | "wait" }
  | { readonly kind: "nested"; readonly steps: readonly Step[]; readonly caught: boolean }
  | { readonly kind: "together"; readonly branches: readonly (readonly Step[])[] };

const { steps } = fc.letrec<{ step: Step; steps: Step[] }>((tie) => ({
  steps: fc.array(tie("step"), { maxLength: 4 }),
  step: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 4, arbitrary: fc.constantFrom<Step>({ kind: "create" }, { kind: "create" }, { kind: "wait" }) },
    { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: "throw" }, { kind: "duplicate" }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("nested" as const),
        steps: tie("steps"),
        caught: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("together" as const),
        branches: fc.array(tie("steps"), { minLength: 1, maxLength: 3 }),
      }),
    },
  ),
}));

/** The row that is there from the beginning. */
const TAKEN = 0;

/** The same steps, and for each that creates a row the id of that. */
function numbered(steps: readonly Step[]) {
  const numbers = new Map<Step, number>();
  const visit = (step: Step): Step => {
    // A constant stands in many places.
    const own = { ...step } as Step;
    if (own.kind === "create") numbers.set(own, numbers.size + 1);
    if (own.kind === "nested") Object.assign(own, { steps: own.steps.map(visit) });
    if (own.kind === "together") Object.assign(own, { branches: own.branches.map((one) => one.map(visit)) });
    return own;
  };
  return { steps: steps.map(visit), ids: numbers as ReadonlyMap<Step, number> };
}

/** The rows that a transaction leaves, or undefined where it fails. */
function expected(steps: readonly Step[], ids: ReadonlyMap<Step, number>): readonly number[] | undefined {
  const rows: number[] = [];
  for (const step of steps) {
    if (step.kind === "throw" || step.kind === "duplicate") return undefined;
    if (step.kind === "create") rows.push(ids.get(step) as number);
    if (step.kind === "nested") {
      const made = expected(step.steps, ids);
      if (made === undefined && !step.caught) return undefined;
      rows.push(...(made ?? []));
    }
    if (step.kind === "together") rows.push(...step.branches.flatMap((one) => expected(one, ids) ?? []));
  }
  return rows;
}

async function run(db: Database, steps: readonly Step[], ids: ReadonlyMap<Step, number>): Promise<void> {
  const items = new Repository(db, Item);
  const inside = (steps: readonly Step[]) =>
    db.transaction(async () => {
      for (const step of steps) {
        if (step.kind === "create") await items.create({ id: ids.get(step) as number });
        if (step.kind === "duplicate") await items.create({ id: TAKEN });
        if (step.kind === "throw") throw new Error("thrown");
        if (step.kind === "wait") await nextTurn();
        if (step.kind === "nested")
          await (step.caught ? inside(step.steps).catch(() => {}) : inside(step.steps));
        if (step.kind === "together") await Promise.allSettled(step.branches.map(inside));
      }
    });
  await inside(steps);
}

onEveryDatabase("transactions in transactions", ({ name, open }) => {
  it("leave the rows that a simple model says", { timeout: 60_000 }, async () => {
    const db = await open([Item], { acquireTimeoutMs: 2_000 });
    const items = new Repository(db, Item);
    await items.create({ id: TAKEN });
    const leavesWhatTheModelSays = fc.asyncProperty(steps, async (generated) => {
      const { steps, ids } = numbered(generated);
      const rows = expected(steps, ids);
      const outcome = await run(db, steps, ids).then(
        () => "committed",
        () => "undone",
      );
      const left = (await items.findMany({ id: { ne: TAKEN } })).map(({ id }) => id);
      for (const id of left) await items.delete(id);
      expect(outcome).toBe(rows === undefined ? "undone" : "committed");
      expect(left.sort((a, b) => a - b)).toEqual([...(rows ?? [])].sort((a, b) => a - b));
    });
    await fc.assert(leavesWhatTheModelSays, { numRuns: name === "PostgreSQL" ? 40 : 150 });
  });
});
