import { defineModel, p, softDelete, timestamps, uuid, versioned } from "../../src/db/index.ts";

/** A model with every mixin. */
export const User = defineModel("users", {
  ...uuid(),
  ...timestamps(),
  ...softDelete(),
  ...versioned(),
  name: p.string().length(100),
  email: p.string().unique(),
  age: p.integer().nullable(),
  role: p.enum(["reader", "writer"]).default("reader"),
});

/** A key that no row has. */
export const nobody = "0198c1f4-0000-7000-8000-000000000000";
