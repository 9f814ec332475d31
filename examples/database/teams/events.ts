import { defineEvent } from "tsmodules";
import { z } from "zod";

export class FoundTeam extends defineEvent("team.found", {
  description: "Founds a team of people who are new here: all of them, or nobody and no team",
  input: z.object({
    name: z.string().max(100),
    members: z.array(z.object({ name: z.string(), email: z.email() })).min(1),
  }),
  output: z.object({ teamId: z.uuid(), memberIds: z.array(z.uuid()) }),
  errors: { EMAIL_TAKEN: z.object({ email: z.string() }) },
}) {}

export class CountTeams extends defineEvent("team.count", {
  description: "How many teams there are",
  output: z.object({ teams: z.int() }),
}) {}
