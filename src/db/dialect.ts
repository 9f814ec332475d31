/** The databases that a model runs on. */
export type DialectName = "sqlite" | "postgresql";

/** A function of our SQLite connections: SQLite's own `lower` knows no letters but those of English. */
export const LOWER = "tsmodules_lower";
