import { defineModule, NotFoundError } from "tsmodules";
import { DuplicateError } from "tsmodules/db";
import { CountUsers, CreateUser, DeleteUser, GetUser, ListUsers, UpdateUser } from "./events.ts";
import type { UserRepository } from "./user.ts";

/** Keeps users. Nobody else touches their table: other modules send the events. */
export const users = (repository: UserRepository) =>
  defineModule({ name: "users", description: "Keeps users" }, (module) => {
    module.handle(CreateUser, async ({ input }, { fail }) => {
      try {
        return await repository.create(input);
      } catch (error) {
        if (error instanceof DuplicateError) throw fail("EMAIL_TAKEN", { email: input.email });
        throw error;
      }
    });

    module.handle(GetUser, async ({ input: { userId } }) => found(userId, await repository.getById(userId)));

    module.handle(ListUsers, ({ input }) => repository.byName(input));

    module.handle(UpdateUser, async ({ input: { userId, ...changes } }, { fail }) => {
      try {
        return found(userId, await repository.update(userId, changes));
      } catch (error) {
        if (error instanceof DuplicateError) throw fail("EMAIL_TAKEN", { email: String(changes.email) });
        throw error;
      }
    });

    module.handle(DeleteUser, async ({ input: { userId } }) => {
      if (!(await repository.softDelete(userId))) throw new NotFoundError("user", userId);
    });

    module.handle(CountUsers, async () => ({ users: await repository.count() }));
  });

function found<Row>(userId: string, row: Row | null): Row {
  if (row === null) throw new NotFoundError("user", userId);
  return row;
}
