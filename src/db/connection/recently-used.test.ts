import { expect, it } from "vitest";
import { RecentlyUsed } from "./recently-used.ts";

it("keeps what is used again and again, and forgets what is not", () => {
  const made: string[] = [];
  const values = new RecentlyUsed<string>(4);
  const use = (key: string) =>
    values.get(key, () => {
      made.push(key);
      return key.toUpperCase();
    });
  for (const key of ["hot", "a", "hot", "b", "hot", "c", "hot", "d", "hot"])
    expect(use(key)).toBe(key.toUpperCase());
  expect(made).toEqual(["hot", "a", "b", "c", "d"]);
  use("a");
  expect(made.at(-1)).toBe("a");
});

it("makes anew what it was told to forget", () => {
  let made = 0;
  const values = new RecentlyUsed<number>(4);
  values.get("a", () => ++made);
  values.clear();
  expect(values.get("a", () => ++made)).toBe(2);
});
