/** A part of the benchmark: its results, and the same as text for a terminal. */
export type Part = (settings: Settings) => Promise<{ results: unknown; text: string }>;

export interface Settings {
  /** Shorter, for CI. */
  quick: boolean;
  /** Files to take contenders from, by name; all when not given. */
  only: string[] | undefined;
}
