import fc from "fast-check";
import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { type Direction, defineModel, p, Repository } from "../index.ts";

const Thing = defineModel("things", {
  id: p.integer().primary(),
  /** Few values, so that many are equal or missing. */
  rank: p.integer().nullable(),
  name: p.string().nullable(),
  big: p.bigint(),
  share: p.double().nullable(),
});

type Thing = { id: number; rank: number | null; name: string | null; big: bigint; share: number | null };
type Property = keyof Thing;
type Order = readonly (readonly [Property, Direction])[];

const oftenMissing = { freq: 3, nil: null };
const values = fc.record({
  rank: fc.option(fc.constantFrom(-1, 0, 1), oftenMissing),
  name: fc.option(fc.constantFrom("", "a", "B", "ä", "😀", "'; --"), oftenMissing),
  big: fc.constantFrom(-(2n ** 63n), 9n, 10n, 2n ** 53n + 1n, 2n ** 63n - 1n),
  share: fc.option(
    fc.constantFrom(Number.NEGATIVE_INFINITY, -0.5, 0.1, Number.POSITIVE_INFINITY),
    oftenMissing,
  ),
});

const order: fc.Arbitrary<Order> = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom<Property>("id", "rank", "name", "big", "share"),
    fc.constantFrom<Direction>("asc", "desc"),
  ),
  { selector: ([property]) => property, minLength: 1, maxLength: 4 },
);

/** What happens between two pages. */
const change = fc.oneof(
  fc.record({ kind: fc.constant("insert" as const), id: fc.integer({ min: 0, max: 99 }), values }),
  fc.record({ kind: fc.constant("delete" as const), at: fc.nat(30) }),
);

/** The order of the model: what is missing is greater than all that is not. */
function compare(order: Order): (a: Thing, b: Thing) => number {
  return (a, b) => {
    for (const [property, direction] of [...order, ["id", order.at(-1)?.[1] ?? "asc"] as const]) {
      const [left, right] = [a[property], b[property]];
      if (left === right) continue;
      const isLess = left !== null && (right === null || isBefore(left, right));
      return isLess === (direction === "asc") ? -1 : 1;
    }
    return 0;
  };
}

/** Text by code points, as the databases of these tests have it. */
function isBefore(left: NonNullable<Thing[Property]>, right: NonNullable<Thing[Property]>): boolean {
  return typeof left === "string"
    ? Buffer.compare(Buffer.from(left), Buffer.from(String(right))) < 0
    : left < (right as number | bigint);
}

onEveryDatabase("pages", ({ open }) => {
  it("show each row once that was there all the time, in order, whatever comes and goes meanwhile", async () => {
    const things = new Repository(await open([Thing]), Thing);
    await fc.assert(
      fc.asyncProperty(
        fc.array(values, { maxLength: 12 }),
        order,
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 12 }),
        async (initial, order, first, onlyBig, changes) => {
          for (const { id } of await things.findMany({})) await things.delete(id);
          const there = new Map<number, Thing>();
          const create = async (thing: Thing) => {
            await things.create(thing);
            there.set(thing.id, thing);
          };
          for (const [index, given] of initial.entries()) await create({ id: 100 + index * 7, ...given });
          const fits = ({ big }: Thing) => !onlyBig || big > 9n;
          const throughout = new Set([...there.values()].filter(fits).map(({ id }) => id));
          const orderBy = Object.fromEntries(order);
          const seen: Thing[] = [];
          const pending = [...changes];
          let after: string | null = null;
          for (;;) {
            const place = seen.at(-1);
            const left: number = [...there.values()].filter(
              (thing) => fits(thing) && (place === undefined || compare(order)(place, thing) < 0),
            ).length;
            const got: Awaited<ReturnType<typeof things.paginate>> = await things.paginate({
              first,
              after,
              where: onlyBig ? { big: { gt: 9n } } : {},
              orderBy,
            });
            expect(got.items).toHaveLength(Math.min(first, left));
            expect(got.hasNextPage).toBe(left > first);
            seen.push(...got.items);
            if (!got.hasNextPage) break;
            after = got.endCursor;
            for (const change of pending.shift() ?? []) {
              if (change.kind === "insert") {
                if (!there.has(change.id)) await create({ id: change.id, ...change.values });
                continue;
              }
              const id = [...there.keys()][change.at];
              if (id === undefined) continue;
              await things.delete(id);
              there.delete(id);
              throughout.delete(id);
            }
          }
          expect(seen).toEqual(seen.toSorted(compare(order)));
          const ids = seen.map(({ id }) => id);
          expect(new Set(ids).size).toBe(ids.length);
          expect(ids).toEqual(expect.arrayContaining([...throughout]));
        },
      ),
      { numRuns: 60 },
    );
  });
});
