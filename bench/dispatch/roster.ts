import type { Contender } from "./contender.ts";

/** A contender and the file from which a process of its own loads it. */
export interface Entry<C extends Contender = Contender> {
  file: string;
  contender: C;
}

/** The contenders of these files in a folder beside this one; with `only`, of those that it names. */
export async function rosterOf<C extends Contender>(
  folder: "contenders" | "policies" | "crowds",
  names: string[],
  only: string[] = names,
): Promise<Entry<C>[]> {
  const wanted = names.filter((name) => only.includes(name));
  const rosters = await Promise.all(wanted.map((name) => entriesOf<C>(`./${folder}/${name}.ts`)));
  return rosters.flat();
}

async function entriesOf<C extends Contender>(path: string): Promise<Entry<C>[]> {
  const file = new URL(path, import.meta.url).href;
  const { contenders } = (await import(file)) as { contenders: C[] };
  return contenders.map((contender) => ({ file, contender }));
}
