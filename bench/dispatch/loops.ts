import { type Answer, checkAnswer, inputOf, type Subject } from "./contender.ts";
import { greet } from "./greet.ts";

/** Dispatches `times` times, one after the other, and checks the last answer. */
export async function loop(subject: Subject, times: number): Promise<void> {
  if ("run" in subject) await loopAsync(subject.run, times);
  else loopSync(subject.runSync, times);
}

/**
 * The unit of all ratios: an async function, called and awaited.
 * It has a loop of its own: a shared one would see two callees where it otherwise sees one, which slows both.
 */
export async function loopBare(times: number): Promise<void> {
  let answer: Answer | undefined;
  for (let i = 0; i < times; i++) answer = await greet(inputOf(i));
  checkAnswer(times - 1, answer);
}

async function loopAsync(run: (i: number) => Promise<Answer>, times: number): Promise<void> {
  let answer: Answer | undefined;
  for (let i = 0; i < times; i++) answer = await run(i);
  checkAnswer(times - 1, answer);
}

function loopSync(run: (i: number) => Answer, times: number): void {
  let answer: Answer | undefined;
  for (let i = 0; i < times; i++) answer = run(i);
  checkAnswer(times - 1, answer);
}
