import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { defineModel, p, Repository, uuid } from "../index.ts";

const Note = defineModel("notes", { ...uuid(), text: p.text().default("") });

/** What the mixin makes. */
const made = uuid().id["~options"].onCreate as unknown as () => string;
const many = (count: number) => Array.from({ length: count }, () => made());
const msOf = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

/** Later for each test than for the one before: what was made stays in the past. */
let dayMs = Date.now();

beforeEach(() => {
  dayMs += 86_400_000;
  vi.useFakeTimers({ toFake: ["Date"], now: dayMs });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a UUID of version 7", () => {
  it("says version and variant", () => {
    for (const id of many(1_000)) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it("begins with the ms of its making", () => {
    made();
    vi.advanceTimersByTime(5_000);
    expect(msOf(made())).toBe(Date.now());
  });

  it("is greater than those before, within one ms too, and however many there are", () => {
    const ids = many(20_000);
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(ids.length);
    expect(msOf(ids.at(-1) ?? "") - Date.now()).toBeLessThanOrEqual(10);
  });

  it("grows with the clock", () => {
    const ids = Array.from({ length: 1_000 }, () => {
      vi.advanceTimersByTime(1);
      return made();
    });
    expect(ids).toEqual(ids.toSorted());
    expect(ids.map(msOf)).toEqual(ids.map((_, index) => Date.now() - ids.length + 1 + index));
  });

  it("is greater than those before when the clock goes back", () => {
    const before = many(100);
    vi.setSystemTime(Date.now() - 3_600_000);
    const ids = [...before, ...many(10_000)];
    expect(ids).toEqual(ids.toSorted());
    vi.setSystemTime(Date.now() + 7_200_000);
    expect(msOf(made())).toBe(Date.now());
  });

  it("is nobody else's: what is not time or order is chance", () => {
    expect(new Set(many(1_000).map((id) => id.slice(24))).size).toBe(1_000);
  });
});

onEveryDatabase("keys of version 7", ({ open }) => {
  it("are ordered by the database as they were made", async () => {
    const notes = new Repository(await open([Note]), Note);
    const rows = await notes.createMany(Array.from({ length: 5_000 }, () => ({})));
    vi.setSystemTime(Date.now() - 1_000);
    rows.push(await notes.create({}));
    expect(await notes.findMany({}, { orderBy: { id: "asc" } })).toEqual(rows);
    expect(await notes.getAll({ limit: 1 })).toEqual([rows.at(-1)]);
  });
});
