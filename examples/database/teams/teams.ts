import { defineModule } from "tsmodules";
import { type Database, Repository } from "tsmodules/db";
import { CreateUser } from "../users/events.ts";
import { CountTeams, FoundTeam } from "./events.ts";
import { Membership, Team } from "./team.ts";

export const teams = (db: Database) => {
  const repository = new Repository(db, Team);
  const memberships = new Repository(db, Membership);

  return defineModule({ name: "teams", description: "Keeps teams and who is in them" }, (module) => {
    module.handle(FoundTeam, async ({ input: { name, members } }, { host, fail }) => {
      try {
        // What the users module does in here is part of the transaction, though neither knows of the other's tables.
        return await db.transaction(async () => {
          const team = await repository.create({ name });
          const memberIds: string[] = [];
          for (const member of members) memberIds.push((await host.send(new CreateUser(member))).id);
          await memberships.createMany(memberIds.map((userId) => ({ team: team.id, userId })));
          return { teamId: team.id, memberIds };
        });
      } catch (error) {
        if (CreateUser.isError(error, "EMAIL_TAKEN")) throw fail("EMAIL_TAKEN", error.data);
        throw error;
      }
    });

    module.handle(CountTeams, async () => ({ teams: await repository.count() }));
  });
};
