/** In a measured process: the contender that its arguments name. */
export async function givenContender<C extends { name: string }>(): Promise<C> {
  const [file = "", name] = process.argv.slice(2);
  const { contenders } = (await import(file)) as { contenders: C[] };
  const contender = contenders.find((one) => one.name === name);
  if (!contender) throw new Error(`${file} has no contender named ${name}`);
  return contender;
}

/** Says that all is ready, then answers each message, a question, with a measurement. */
export function serve(measure: (question: unknown) => Promise<object>, ready: unknown = "ready"): void {
  process.on("message", async (question) => process.send?.(await measure(question)));
  process.on("disconnect", () => process.exit());
  process.send?.(ready);
}
