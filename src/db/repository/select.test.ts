import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import {
  type Database,
  DatabaseError,
  defineModel,
  identifier,
  p,
  Repository,
  RepositoryError,
  sql,
  uuid,
} from "../index.ts";

const Track = defineModel("tracks", {
  ...uuid(),
  fullTitle: p.string(),
  playedAt: p.datetime(3),
  plays: p.bigint(),
  isLive: p.boolean(),
  tags: p.array().nullable(),
  secretNote: p.json<{ a: number }>().nullable(),
  price: p.decimal().precision(8).scale(2),
});

class Tracks extends Repository<typeof Track> {
  constructor(db: Database) {
    super(db, Track);
  }

  titled(title: string) {
    return this.select(sql`select * from ${Track} where full_title = ${title}`);
  }

  async orderedBy(column: string) {
    return this.select(sql`select * from ${Track} order by ${identifier(column)} desc`);
  }

  filtered(minPlays: bigint | undefined) {
    const condition = minPlays === undefined ? sql`1 = 1` : sql`plays >= ${minPlays}`;
    return this.select(
      sql`select * from ${Track} where ${condition} and is_live = ${true} order by full_title`,
    );
  }

  titles() {
    return this.select(sql`select id, full_title from ${Track}`);
  }

  broken() {
    return this.select(sql`select * from ${Track} where nonsense = ${1}`);
  }

  written(text: string) {
    return this.select(text as never);
  }
}

onEveryDatabase("a query of one's own", ({ open }) => {
  const setUp = async () => {
    const tracks = new Tracks(await open([Track]));
    const rows = await tracks.createMany([
      {
        fullTitle: "a",
        playedAt: new Date(1_234),
        plays: 2n ** 53n + 1n,
        isLive: true,
        tags: ["x", ""],
        secretNote: { a: 1 },
        price: "1.50",
      },
      { fullTitle: "' or '1'='1", playedAt: new Date(5), plays: 5n, isLive: true, price: "9.99" },
    ]);
    return { tracks, rows };
  };

  it("gives rows as every method does", async () => {
    const { tracks, rows } = await setUp();
    expect(await tracks.titled("a")).toEqual([rows[0]]);
    expect(await tracks.titled("nothing")).toEqual([]);
  });

  it("binds its values", async () => {
    const { tracks, rows } = await setUp();
    expect(await tracks.titled("' or '1'='1")).toEqual([rows[1]]);
  });

  it("quotes names that are not known beforehand", async () => {
    const { tracks, rows } = await setUp();
    expect(await tracks.orderedBy("played_at")).toEqual(rows);
    await expect(tracks.orderedBy('played_at" desc; --')).rejects.toThrow("identifier:");
  });

  it("is put together of parts", async () => {
    const { tracks, rows } = await setUp();
    expect(await tracks.filtered(6n)).toEqual([rows[0]]);
    expect(await tracks.filtered(undefined)).toEqual([rows[1], rows[0]]);
  });

  it("that the database refuses is a DatabaseError with the driver's as its cause", async () => {
    const { tracks } = await setUp();
    const error = await tracks.broken().catch((reason) => reason);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ message: expect.stringContaining("nonsense"), cause: expect.any(Error) });
  });

  it("gives what a number of JavaScript is too small for", async () => {
    const { tracks, rows } = await setUp();
    const [row] = await tracks.db.query<{ plays: unknown; n: unknown }>(
      sql`select max(plays) as plays, ${5} + 0 as n from ${Track}`,
    );
    expect(row).toEqual({
      plays: tracks.db.dialect === "sqlite" ? 2n ** 53n + 1n : "9007199254740993",
      n: 5,
    });
    const [first] = await tracks.db.em.find(Track, { plays: 2n ** 53n + 1n });
    expect(first?.id).toBe(rows[0]?.id);
    expect(first?.plays).toBe(2n ** 53n + 1n);
  });

  it("says which properties a statement does not give", async () => {
    const tracks = new Tracks(await open([Track]));
    expect(await tracks.titles()).toEqual([]);
    await tracks.create({ fullTitle: "A", playedAt: new Date(), plays: 1n, isLive: true, price: "1.00" });
    const error = await tracks.titles().catch((reason) => reason);
    expect(error).toBeInstanceOf(RepositoryError);
    expect(error.message).toBe(
      "tracks.select: the statement does not give playedAt, plays, isLive, tags, secretNote, price; select every column, or use db.query",
    );
  });

  it("is no text", async () => {
    const { tracks } = await setUp();
    await expect(tracks.written("select * from tracks")).rejects.toThrow("written with the sql tag");
  });
});
