import type { EntitySchema } from "@mikro-orm/core";
import type { AnyModel } from "./row.ts";

/** The entity schema that a model is to MikroORM. */
export function entityOf(model: AnyModel): EntitySchema {
  return model as unknown as EntitySchema;
}
