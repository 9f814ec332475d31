/** What every contender is given: a name, in an object that is new for each dispatch. */
export interface Input {
  name: string;
}

/** What every contender answers: a greeting, in a new object. */
export interface Output {
  message: string;
}

/** One way to dispatch, with what it does on the way, so that like is compared with like. */
export interface Contender {
  name: string;
  /** What checks the input before it is used. */
  validates: "zod" | "fastest-validator" | "no";
  /** How the handler is found; `direct` is a call of something that is already in hand. */
  finds: "by name" | "by class" | "direct";
  handler: "async" | "sync";
  setUp(): Subject | Promise<Subject>;
}

/** A contender made ready: one call, one dispatch. `runSync` is for what answers without a promise. */
export type Subject = { run(i: number): Promise<Answer> } | { runSync(i: number): Answer };

/** The output, or the message that carries it. */
export type Answer = Output | { output?: Output | undefined };

export const inputOf = (i: number): Input => ({ name: nameOf(i) });

const nameOf = (i: number): string => (i % 2 === 0 ? "Ada" : "Grace");

/** @throws {Error} if `answer` is not what every contender has to give to `inputOf(i)`. */
export function checkAnswer(i: number, answer: Answer | undefined): void {
  const output = answer && "message" in answer ? answer : answer?.output;
  if (output?.message !== `Hello, ${nameOf(i)}!`) {
    throw new Error(`the answer to ${JSON.stringify(inputOf(i))} was ${JSON.stringify(output)}`);
  }
}
