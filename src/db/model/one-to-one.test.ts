import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { defineModel, p, Repository, uuid } from "../index.ts";

const Author = defineModel("authors", {
  ...uuid(),
  name: p.string(),
  profile: () => p.oneToOne(Profile).mappedBy("author"),
});
const Profile = defineModel("profiles", {
  author: () => p.oneToOne(Author).primary(),
  bio: p.text(),
});

onEveryDatabase("one to one", ({ open }) => {
  it("is a key on one side, and no column on the other", async () => {
    const db = await open([Author, Profile]);
    const author = await new Repository(db, Author).create({ name: "Mary" });
    expect(Object.keys(author)).toEqual(["id", "name"]);
    const profiles = new Repository(db, Profile);
    const profile = await profiles.create({ author: author.id, bio: "…" });
    expect(await profiles.getById(author.id)).toEqual(profile);
  });

  it("is found by MikroORM from both sides", async () => {
    const db = await open([Author, Profile]);
    const { id } = await new Repository(db, Author).create({ name: "Mary" });
    await new Repository(db, Profile).create({ author: id, bio: "…" });
    const [found] = await db.em.find(Author, { profile: { bio: "…" } }, { populate: ["profile"] });
    expect(found?.profile.bio).toBe("…");
  });
});
