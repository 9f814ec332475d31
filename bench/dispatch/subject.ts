import { givenContender } from "../shared/serve.ts";
import { type Contender, checkAnswer, type Subject } from "./contender.ts";

/** In a measured process: the contender that its arguments name, set up and found to answer rightly. */
export async function givenSubject(): Promise<Subject> {
  const contender = await givenContender<Contender>();
  const subject = await contender.setUp();
  for (const i of [0, 1]) checkAnswer(i, "run" in subject ? await subject.run(i) : subject.runSync(i));
  return subject;
}
