import { type Contender, checkAnswer, type Subject } from "./contender.ts";

/** In a measured process: the contender that its arguments name, set up and found to answer rightly. */
export async function givenSubject(): Promise<Subject> {
  const [file = "", name] = process.argv.slice(2);
  const { contenders } = (await import(file)) as { contenders: Contender[] };
  const contender = contenders.find((one) => one.name === name);
  if (!contender) throw new Error(`${file} has no contender named ${name}`);
  const subject = await contender.setUp();
  for (const i of [0, 1]) checkAnswer(i, "run" in subject ? await subject.run(i) : subject.runSync(i));
  return subject;
}

/** Says that all is ready, then answers each message with a measurement. */
export function serve(measure: () => Promise<object>): void {
  process.on("message", async () => process.send?.(await measure()));
  process.on("disconnect", () => process.exit());
  process.send?.("ready");
}
