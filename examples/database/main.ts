/**
 * Two modules that keep what they know in one SQLite database: users, and teams that are founded together with their
 * people or not at all.
 *
 *     npm run example examples/database/main.ts
 *
 *     Created Grace, Ada, Edsger, Barbara, Alan.
 *     Another Ada: EMAIL_TAKEN { email: 'ada@example.com' }
 *     Page 1: Ada, Alan
 *     Page 2: Barbara, Edsger
 *     Page 3: Grace
 *     Ada is called Ada Lovelace now.
 *     Edsger was deleted: NOT_FOUND
 *     Founded the compiler team: 6 users, 1 team
 *     Founded another one with Grace: EMAIL_TAKEN { email: 'grace@example.com' }
 *     Nothing of it was kept: 6 users, 1 team
 */
import { ModuleHost, NotFoundError, type OutputOf } from "tsmodules";
import { Database } from "tsmodules/db";
import { CountTeams, FoundTeam } from "./teams/events.ts";
import { Membership, Team } from "./teams/team.ts";
import { teams } from "./teams/teams.ts";
import { CountUsers, CreateUser, DeleteUser, GetUser, ListUsers, UpdateUser } from "./users/events.ts";
import { User, UserRepository } from "./users/user.ts";
import { users } from "./users/users.ts";

const db = new Database({ url: "sqlite::memory:", models: [User, Team, Membership] });
await db.connect();
await db.recreateSchema(); // For what lives longer than its process there are migrations.

const host = new ModuleHost().register(users(new UserRepository(db))).register(teams(db));

// One module, its rows behind events.
await create("Grace");
const ada = await create("Ada");
const edsger = await create("Edsger");
await create("Barbara");
await create("Alan");
console.log("Created Grace, Ada, Edsger, Barbara, Alan.");

try {
  await create("Ada");
} catch (error) {
  if (CreateUser.isError(error, "EMAIL_TAKEN")) console.log("Another Ada:", error.code, error.data);
}

let page: OutputOf<typeof ListUsers> | undefined;
for (let number = 1; page?.hasNextPage !== false; number++) {
  page = await host.send(new ListUsers({ first: 2, after: page?.endCursor }));
  console.log(`Page ${number}: ${page.items.map(({ name }) => name).join(", ")}`);
}

const { name } = await host.send(new UpdateUser({ userId: ada.id, name: "Ada Lovelace" }));
console.log(`Ada is called ${name} now.`);

await host.send(new DeleteUser({ userId: edsger.id }));
try {
  await host.send(new GetUser({ userId: edsger.id }));
} catch (error) {
  if (error instanceof NotFoundError) console.log("Edsger was deleted:", error.code);
}

// Two modules in one transaction.
await host.send(new FoundTeam({ name: "Compilers", members: [person("Frances"), person("Niklaus")] }));
console.log("Founded the compiler team:", await counted());

try {
  await host.send(new FoundTeam({ name: "Languages", members: [person("Jean"), person("Grace")] }));
} catch (error) {
  if (FoundTeam.isError(error, "EMAIL_TAKEN")) {
    console.log("Founded another one with Grace:", error.code, error.data);
  }
}
console.log("Nothing of it was kept:", await counted());

await host.close();
await db.disconnect();

function person(name: string) {
  return { name, email: `${name.toLowerCase()}@example.com` };
}

function create(name: string) {
  return host.send(new CreateUser(person(name)));
}

async function counted(): Promise<string> {
  const { users } = await host.send(new CountUsers());
  const { teams } = await host.send(new CountTeams());
  return `${users} users, ${teams} ${teams === 1 ? "team" : "teams"}`;
}
