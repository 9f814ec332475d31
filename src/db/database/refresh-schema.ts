import type { SchemaHelper, SqlSchemaGenerator } from "@mikro-orm/sql";
import type { Orm } from "./session.ts";

/**
 * Drops the tables of the models and makes them anew. MikroORM's own way looks first at every table of every schema of
 * PostgreSQL, which takes long, and fails if somebody drops one meanwhile.
 */
export async function refreshSchema(orm: Orm): Promise<void> {
  const generator = orm.schema as unknown as SqlSchemaGenerator;
  const drops = dropStatements(orm, generator);
  if (drops.length > 0) await generator.execute(drops.join(";\n"));
  await generator.create();
}

function dropStatements(orm: Orm, generator: SqlSchemaGenerator): string[] {
  const platform = orm.em.getPlatform();
  const helper = platform.getSchemaHelper() as SchemaHelper;
  const target = generator.getTargetSchema();
  const enums = platform.supportsNativeEnums() ? Object.values(target.getNativeEnums()) : [];
  return [
    // Those that refer to others first.
    ...target
      .getTables()
      .toReversed()
      .map(({ name, schema }) => helper.dropTableIfExists(name, schema)),
    ...enums.map(({ name, schema }) =>
      helper.getDropNativeEnumSQL(name, schema).replace("drop type", "drop type if exists"),
    ),
  ];
}
