import type { EntitySchema } from "@mikro-orm/core";
import { ConfigurationError } from "../../core/errors.ts";
import type { Orm } from "./session.ts";

/**
 * MikroORM follows relations to models that it was not given, and makes their tables; but no repository knows them.
 *
 * @param models - Those that were given.
 * @throws {ConfigurationError} naming each relation that leads to another one, and where it leads.
 */
export function refuseMissingModels(orm: Orm, models: readonly EntitySchema[]): void {
  const given = new Set<unknown>(models.map((model) => model.class));
  const problems = [...orm.getMetadata()]
    .filter((meta) => given.has(meta.class))
    .flatMap((meta) => meta.relations.map((relation) => ({ meta, relation, target: relation.targetMeta })))
    .filter(({ target }) => target !== undefined && !target.pivotTable && !given.has(target.class))
    .map(
      ({ meta, relation, target }) =>
        `Database: model "${meta.tableName}" refers to "${target?.tableName}" by its property ${relation.name}: ` +
        "both have to be among the models",
    );
  if (problems.length > 0) throw new ConfigurationError(problems);
}
