import { parseTracestate } from "tsmodules/tracing";
import { describe, expect, it } from "vitest";

const members = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`).join(",");

describe("tracestate", () => {
  it.each([
    ["rojo=00f067aa0ba902b7", "rojo=00f067aa0ba902b7", "one member"],
    ["rojo=1,congo=2", "rojo=1,congo=2", "members keep their order"],
    ["rojo=1 , \tcongo=2", "rojo=1,congo=2", "space around members"],
    ["rojo=1,,congo=2,", "rojo=1,congo=2", "empty members are allowed"],
    ["t@vendor=1", "t@vendor=1", "a tenant's key"],
    ["0tenant@vendor=1", "0tenant@vendor=1", "a tenant may begin with a digit"],
    ["a_-*/9=1", "a_-*/9=1", "every character of a key"],
    [
      "k= !\"#$%&'()*+-./:;<>?@[]^`{|}~",
      "k= !\"#$%&'()*+-./:;<>?@[]^`{|}~",
      "every kind of character of a value",
    ],
    [`k=${"v".repeat(256)}`, `k=${"v".repeat(256)}`, "the longest value"],
    [`${"k".repeat(256)}=v`, `${"k".repeat(256)}=v`, "the longest key"],
    [members(32), members(32), "32 members"],
  ])("%j is read: %s%s", (text, read) => {
    expect(parseTracestate(text)).toBe(read);
  });

  it.each([
    [undefined, "there is none"],
    ["", "it is empty"],
    [" , ,", "all members are empty"],
    [members(33), "33 members"],
    ["rojo", "no value"],
    ["=1", "no key"],
    ["rojo=", "an empty value"],
    ["Rojo=1", "uppercase in a key"],
    ["1rojo=1", "a simple key begins with a letter"],
    ["t@Vendor=1", "uppercase in a system"],
    ["t@=1", "no system"],
    ["@vendor=1", "no tenant"],
    ["a@b@c=1", "two systems"],
    [`${"k".repeat(257)}=v`, "a long key"],
    [`t@${"v".repeat(15)}=1`, "a long system"],
    [`${"t".repeat(242)}@v=1`, "a long tenant"],
    [`k=${"v".repeat(257)}`, "a long value"],
    ["k=a=b", "an equals sign in a value"],
    ["k=é", "a value that is no ASCII"],
    ["k=a\u0007", "a control character"],
    ["k y=1", "a space in a key"],
    ["k =1", "a space behind a key"],
    ["k=1,k=2", "a key twice"],
  ])("%j is dropped: %s", (text, _why) => {
    expect(parseTracestate(text)).toBeUndefined();
  });
});
