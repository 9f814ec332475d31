import { defineModel, p, timestamps, uuid } from "tsmodules/db";

export const Team = defineModel("teams", {
  ...uuid(),
  ...timestamps(),
  name: p.string().length(100),
});

/** Who is in which team. A user is another module's row: its key is kept, and no relation to it. */
export const Membership = defineModel(
  "memberships",
  { ...uuid(), team: () => p.manyToOne(Team), userId: p.uuid() },
  { unique: [["team", "userId"]] },
);
