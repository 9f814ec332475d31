import {
  type Database,
  defineModel,
  type PageOptions,
  p,
  Repository,
  softDelete,
  timestamps,
  uuid,
} from "tsmodules/db";

export const User = defineModel("users", {
  ...uuid(),
  ...timestamps(),
  ...softDelete(),
  name: p.string().length(100),
  email: p.string().length(255).unique(),
});

export class UserRepository extends Repository<typeof User> {
  constructor(db: Database) {
    super(db, User);
  }

  /** A page of the users, by name. */
  byName(page: Pick<PageOptions<typeof User>, "first" | "after">) {
    return this.paginate({ ...page, orderBy: { name: "asc" } });
  }
}
