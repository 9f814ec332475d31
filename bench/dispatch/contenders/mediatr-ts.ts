import { Mediator, RequestData, type RequestHandler } from "mediatr-ts";
import { type Contender, type Input, inputOf, type Output } from "../contender.ts";
import { greet, greetChecked } from "../greet.ts";

class Greet extends RequestData<Output> {
  readonly input: Input;

  constructor(input: Input) {
    super();
    this.input = input;
  }
}

class GreetHandler implements RequestHandler<Greet, Output> {
  handle({ input }: Greet): Promise<Output> {
    return greet(input);
  }
}

class CheckedGreetHandler implements RequestHandler<Greet, Output> {
  handle({ input }: Greet): Promise<Output> {
    return greetChecked(input);
  }
}

function mediatorWith(handler: typeof GreetHandler | typeof CheckedGreetHandler) {
  const mediator = new Mediator();
  mediator.registerHandler(Greet, handler);
  return mediator;
}

export const contenders: Contender[] = [
  {
    name: "mediatr-ts",
    validates: "no",
    finds: "by class",
    handler: "async",
    setUp() {
      const mediator = mediatorWith(GreetHandler);
      return { run: (i) => mediator.send(new Greet(inputOf(i))) };
    },
  },
  {
    name: "mediatr-ts + zod",
    validates: "zod",
    finds: "by class",
    handler: "async",
    setUp() {
      const mediator = mediatorWith(CheckedGreetHandler);
      return { run: (i) => mediator.send(new Greet(inputOf(i))) };
    },
  },
];
