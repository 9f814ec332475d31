/** The order of a round: every round begins with another one. */
export function turns<T>(takers: readonly T[], round: number): T[] {
  const first = round % takers.length;
  return [...takers.slice(first), ...takers.slice(0, first)];
}
