import { Mediator, RequestData, type RequestHandler } from "mediatr-ts";
import { type Input, inputOf, type Output, type Subject } from "../contender.ts";
import { greet } from "../greet.ts";
import { type Crowd, middleOf, sizes } from "./crowd.ts";

export const contenders = sizes.map(
  (modules): Crowd => ({
    library: "mediatr-ts",
    modules,
    name: `mediatr-ts among ${modules}`,
    validates: "no",
    finds: "by class",
    handler: "async",
    setUp: () => setUp(modules),
  }),
);

function setUp(modules: number): Subject {
  const mediator = new Mediator();
  const requests = Array.from({ length: modules }, () => registerRequest(mediator));
  const Greet = requests[middleOf(modules)] as (typeof requests)[number];
  return { run: (i) => mediator.send(new Greet(inputOf(i))) };
}

function registerRequest(mediator: Mediator) {
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
  mediator.registerHandler(Greet, GreetHandler);
  return Greet;
}
