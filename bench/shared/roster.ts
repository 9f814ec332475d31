/** A contender and the file from which a process of its own loads it. */
export interface Entry<C> {
  file: string;
  contender: C;
}

/** The contenders of these files of a folder; with `only`, of those that it names. */
export async function rosterOf<C>(folder: URL, names: string[], only: string[] = names): Promise<Entry<C>[]> {
  const wanted = names.filter((name) => only.includes(name));
  const rosters = await Promise.all(wanted.map((name) => entriesOf<C>(new URL(`${name}.ts`, folder))));
  return rosters.flat();
}

async function entriesOf<C>({ href: file }: URL): Promise<Entry<C>[]> {
  const { contenders } = (await import(file)) as { contenders: C[] };
  return contenders.map((contender) => ({ file, contender }));
}
