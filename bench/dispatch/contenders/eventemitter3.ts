import { EventEmitter } from "eventemitter3";
import { type Contender, type Input, inputOf, type Output } from "../contender.ts";
import { greet, greetChecked } from "../greet.ts";

/** An emitter has no answers, so the listener leaves a promise of one on the message. */
interface Message {
  input: Input;
  answer: Promise<Output> | undefined;
}

function emitterWith(handle: (input: Input) => Promise<Output>) {
  const emitter = new EventEmitter<{ "bench.greet": [Message] }>();
  emitter.on("bench.greet", (message) => {
    message.answer = handle(message.input);
  });
  return (input: Input): Promise<Output> => {
    const message: Message = { input, answer: undefined };
    emitter.emit("bench.greet", message);
    if (!message.answer) throw new Error("no listener answered");
    return message.answer;
  };
}

export const contenders: Contender[] = [
  {
    name: "eventemitter3",
    validates: "no",
    finds: "by name",
    handler: "async",
    setUp() {
      const ask = emitterWith(greet);
      return { run: (i) => ask(inputOf(i)) };
    },
  },
  {
    name: "eventemitter3 + zod",
    validates: "zod",
    finds: "by name",
    handler: "async",
    setUp() {
      const ask = emitterWith(greetChecked);
      return { run: (i) => ask(inputOf(i)) };
    },
  },
];
