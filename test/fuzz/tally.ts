/** How often which status was answered, by family of request. */
export class Tally {
  readonly #families = new Map<string, { requests: number; answers: Map<string, number> }>();

  count(family: string, answers: readonly { status: number; refused: boolean }[]): void {
    const of = this.#families.get(family) ?? { requests: 0, answers: new Map() };
    this.#families.set(family, of);
    of.requests++;
    const keys =
      answers.length === 0
        ? ["none"]
        : answers.map(({ status, refused }) => `${status}${refused ? "*" : ""}`);
    for (const key of keys) of.answers.set(key, (of.answers.get(key) ?? 0) + 1);
  }

  /** A line for each family. */
  toString(): string {
    const lines = Array.from(this.#families, ([family, { requests, answers }]) => {
      const statuses = [...answers]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, count]) => `${key}: ${count}`);
      return `  ${family.padEnd(20)} ${String(requests).padStart(6)}  ${statuses.join(", ")}`;
    });
    return lines.toSorted().join("\n");
  }
}
