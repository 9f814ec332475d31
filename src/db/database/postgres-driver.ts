import type { Configuration } from "@mikro-orm/core";
import { PostgreSqlDriver } from "@mikro-orm/postgresql";

/** MikroORM's driver, with an index for each foreign key, as SQLite's has it: PostgreSQL makes none by itself. */
export class PostgresDriver extends PostgreSqlDriver {
  constructor(config: Configuration) {
    super(config);
    this.platform.indexForeignKeys = () => true;
  }
}
