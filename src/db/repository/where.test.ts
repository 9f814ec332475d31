import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { defineModel, p, Repository, RepositoryError, type Where } from "../index.ts";

const Word = defineModel("words", {
  id: p.integer().primary(),
  text: p.text().nullable(),
  /** As `text`, but never missing. */
  label: p.text().default(""),
  score: p.integer().nullable(),
  isKnown: p.boolean().default(false),
});

const TEXTS = [
  "apple",
  "Apple",
  "100%",
  "100_",
  "1000",
  "a\\b",
  "a'b",
  'a"b',
  "ÄPFEL",
  "äpfel",
  "😀😁",
  null,
];

onEveryDatabase("a condition", ({ open }) => {
  const setUp = async () => {
    const words = new Repository(await open([Word]), Word);
    await words.createMany(
      TEXTS.map((text, id) => ({
        id,
        text,
        label: text ?? "none",
        score: id < 3 ? null : id,
        isKnown: id % 2 === 0,
      })),
    );
    return words;
  };

  it.each<[string, Where<typeof Word>, readonly number[]]>([
    ["nothing", {}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ["a value", { text: "apple" }, [0]],
    ["null", { text: null }, [11]],
    ["several, all of which hold", { score: null, isKnown: true }, [0, 2]],
    ["several, one of which is enough", [{ text: "1000" }, { score: null, isKnown: true }], [0, 2, 4]],
    ["several, one of which is nothing", [{ text: "1000" }, {}], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ["none of which one is enough", [], []],
    ["an array", { text: ["apple", "1000"] }, [0, 4]],
    ["an array with null", { text: ["apple", null] }, [0, 11]],
    ["an array of null", { text: [null] }, [11]],
    ["an empty array", { text: [] }, []],
    ["eq", { score: { eq: 3 } }, [3]],
    ["eq null", { score: { eq: null } }, [0, 1, 2]],
    ["ne", { score: { ne: 3 } }, [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]],
    ["ne null", { score: { ne: null, lt: 5 } }, [3, 4]],
    ["in", { score: { in: [3, 5] } }, [3, 5]],
    ["in nothing", { score: { in: [] } }, []],
    ["notIn", { score: { notIn: [3, 5], lt: 7 } }, [4, 6]],
    ["notIn, where some are missing", { score: { notIn: [3, 4, 5, 6, 7, 8, 9, 10] } }, [0, 1, 2, 11]],
    ["notIn null", { score: { notIn: [null, 11] } }, [3, 4, 5, 6, 7, 8, 9, 10]],
    ["notIn nothing", { id: { notIn: [] }, score: { notIn: [], lte: 4 } }, [3, 4]],
    ["gt", { score: { gt: 9 } }, [10, 11]],
    ["gte", { score: { gte: 10 } }, [10, 11]],
    ["lt", { score: { lt: 4 } }, [3]],
    ["lte", { score: { lte: 4 } }, [3, 4]],
    ["a range", { score: { gt: 3, lte: 5 } }, [4, 5]],
    ["a range without end", { id: { gt: 3, lt: 3 } }, []],
    ["like, minding the case", { text: { like: "a%le" } }, [0]],
    ["like one character", { text: { like: "100_" } }, [2, 3, 4]],
    ["like one character beyond 16 bits", { text: { like: "__" } }, [10]],
    ["like what a backslash takes the meaning from", { text: { like: "100\\%" } }, [2]],
    ["like a backslash", { text: { like: "a\\\\b" } }, [5]],
    ["notLike", { label: { notLike: "%a%" }, score: null }, [1, 2]],
    ["notLike, without what is missing", { text: { notLike: "%p%" } }, [2, 3, 4, 5, 6, 7, 8, 10]],
    ["ilike", { text: { ilike: "APP%" } }, [0, 1]],
    ["ilike beyond ASCII", { text: { ilike: "äpfel" } }, [8, 9]],
    ["startsWith", { text: { startsWith: "100" } }, [2, 3, 4]],
    ["startsWith %", { text: { startsWith: "%" } }, []],
    ["startsWith with _", { text: { startsWith: "100_" } }, [3]],
    ["endsWith %", { text: { endsWith: "%" } }, [2]],
    ["endsWith", { text: { endsWith: "😁" } }, [10]],
    ["contains a backslash", { text: { contains: "\\" } }, [5]],
    ["contains a quote", { text: { contains: "'" } }, [6]],
    ["contains nothing", { text: { contains: "" }, score: null }, [0, 1, 2]],
    ["contains what could be SQL", { text: { contains: "%' or '1'='1" } }, []],
    ["several operators", { text: { startsWith: "a", contains: "'", ne: "apple" } }, [6]],
    ["true or false", { isKnown: false, id: { lt: 4 } }, [1, 3]],
  ])("finds by %s", async (_, where, expected) => {
    const words = await setUp();
    const found = await words.findMany(where, { orderBy: { id: "asc" } });
    expect(found.map(({ id }) => id)).toEqual(expected);
    expect(await words.count(where)).toBe(expected.length);
  });

  it.each<[string, unknown, string]>([
    [
      "an unknown property",
      { nick: 1 },
      "where: there is no property nick; there are id, text, label, score, isKnown",
    ],
    ["a column's name", { is_known: true }, "where: there is no property is_known"],
    ["SQL", { "1=1; --": 1 }, "where: there is no property 1=1; --"],
    ["__proto__", JSON.parse('{"__proto__": {"text": "a"}}'), "where: there is no property __proto__"],
    ["constructor", { constructor: 1 }, "where: there is no property constructor"],
    ["toString", { toString: 1 }, "where: there is no property toString"],
    [
      "an unknown operator",
      { text: { near: "a" } },
      "where: text has no operator near; there are eq, ne, in",
    ],
    [
      "an operator that objects have",
      { text: { constructor: "a" } },
      "where: text has no operator constructor",
    ],
    [
      "__proto__ as operator",
      JSON.parse('{"text": {"__proto__": "a"}}'),
      "where: text has no operator __proto__",
    ],
    ["no operator", { text: {} }, "where: text has no condition"],
    ["undefined", { text: undefined }, "where: text is undefined; leave it out, or say null for no value"],
    [
      "an operator's undefined",
      { score: { gt: undefined } },
      "where: score must be an integer from -2147483648 to 2147483647, not undefined",
    ],
    [
      "undefined in a list",
      { score: [undefined] },
      "where: score must be an integer from -2147483648 to 2147483647, not undefined",
    ],
    ["greater than null", { score: { gt: null } }, "where: score.gt must be a value"],
    ["in no list", { score: { in: 5 } }, "where: score.in must be an array, not 5"],
    ["a list of lists", { score: [[5]] }, "where: score must be an integer"],
    ["a pattern that is none", { text: { like: 5 } }, "where: text.like must be a string, not 5"],
    ["a pattern of null", { text: { contains: null } }, "where: text.contains must be a string, not null"],
    ["a pattern with NUL", { text: { contains: "\0" } }, "where: text.contains must be a string without NUL"],
    [
      "a pattern with half an emoji",
      { text: { like: "\uD83D%" } },
      "where: text.like must be a string without lone",
    ],
    [
      "a pattern that escapes nothing",
      { text: { like: "a\\\\\\" } },
      "where: text.like ends with a backslash",
    ],
    [
      "an endless pattern",
      { text: { contains: "ä".repeat(25_000) } },
      "where: text.contains must be shorter",
    ],
    ["text in a number", { score: { startsWith: "1" } }, "where: score.startsWith: only text is searched in"],
    ["too many values", { score: Array.from({ length: 70_000 }, () => 1) }, "where has 70000 values"],
    [
      "no conditions",
      "text = 'a'",
      "where: expected an object of conditions or a list of them, not \"text = 'a'\"",
    ],
    ["null", null, "where: expected an object of conditions or a list of them, not null"],
    ["a list of no conditions", [5], "where: expected an object of conditions or a list of them, not 5"],
    ["a Date", new Date(0), "where: expected an object of conditions or a list of them, not 1970-01-01"],
  ])("refuses %s", async (_, where, problem) => {
    const words = await setUp();
    for (const operation of ["findMany", "findOne", "count"] as const) {
      const error = await words[operation](where as never).then(
        () => expect.fail("it was taken"),
        (reason) => reason,
      );
      expect(error).toBeInstanceOf(RepositoryError);
      expect(error.message).toContain(`words.${operation}: ${problem}`);
      expect(error.cause).toBeUndefined();
    }
  });

  it("takes as many values as there may be", async () => {
    const words = await setUp();
    const score = Array.from({ length: 32_000 }, (_, index) => index);
    expect(await words.findMany({ score }, { limit: 5, offset: 1 })).toHaveLength(5);
    await expect(words.findMany({ score: [...score, 1] })).rejects.toThrow(
      "words.findMany: where has 32001 values, and may have 32000",
    );
  });

  it("takes 1 MB", async () => {
    const words = await setUp();
    const text = "😀".repeat(1 << 18);
    await words.create({ id: 99, text });
    expect(await words.findMany({ text })).toMatchObject([{ id: 99 }]);
  });
});
