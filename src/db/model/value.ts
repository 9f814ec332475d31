/** Says what was expected where a value, which is not null, is not that. */
export type ValueCheck = (value: unknown) => string | undefined;

/** The way of a value into a column and out of it. */
export interface Conversion {
  toDatabase(value: unknown): unknown;
  /** Undefined where the driver's value is what it should be. */
  readonly fromDatabase: ((value: unknown) => unknown) | undefined;
  /** Whether the driver would give such a value, as far as `fromDatabase` takes more than that. */
  isRaw(value: unknown): boolean;
}
