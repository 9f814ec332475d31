import { expect, it } from "vitest";
import { onEveryDatabase } from "../../../test/databases.ts";
import { defineModel, p, Repository, uuid } from "../index.ts";

const Alarm = defineModel("alarms", { ...uuid(), rings: p.time(), label: p.string().length(3) });

onEveryDatabase("a time of day", ({ open }) => {
  it("is text, which its number of digits does not limit", async () => {
    const alarms = new Repository(await open([Alarm]), Alarm);
    const { id } = await alarms.create({ rings: "06:30:00", label: "day" });
    expect(await alarms.getById(id)).toMatchObject({ rings: "06:30:00" });
    await expect(alarms.create({ rings: "06:30:00", label: "days" })).rejects.toThrow("up to 3 characters");
  });
});
