import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { Database, defineModel, p, Repository, RepositoryError, sql, uuid } from "../index.ts";

const Note = defineModel("notes", { ...uuid(), text: p.text() });

onEveryDatabase("a table that is not there", ({ makeUrl }) => {
  it("is named, with who makes it", async () => {
    await using db = new Database({ url: await makeUrl(), models: [Note] });
    await db.connect();
    const error = await new Repository(db, Note).count().catch((reason) => reason);
    expect(error).toBeInstanceOf(RepositoryError);
    expect(error.message).toMatch(/^notes\.count: .*notes.*: tables are made by migrations/);
    await expect(db.query(sql`select * from ${Note}`)).rejects.toThrow("tables are made by migrations");
  });
});
