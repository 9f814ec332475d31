/** The databases that a model runs on. */
export type DialectName = "sqlite" | "postgresql";

/** A function of our SQLite connections: SQLite's own `lower` knows no letters but those of English. */
export const LOWER = "tsmodules_lower";

/** So many values one statement takes. @see https://sqlite.org/limits.html, and PostgreSQL's protocol: 16 bits */
export const MAX_VALUES = { sqlite: 32_766, postgresql: 65_535 } as const;
