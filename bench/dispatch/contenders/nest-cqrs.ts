import "reflect-metadata";
import type { ModuleRef } from "@nestjs/core";
import { InstanceWrapper } from "@nestjs/core/injector/instance-wrapper.js";
import { Command, CommandBus, CommandHandler, type ICommandHandler } from "@nestjs/cqrs";
import { type Contender, type Input, inputOf, type Output } from "../contender.ts";
import { greet, greetChecked } from "../greet.ts";

class Greet extends Command<Output> {
  readonly input: Input;

  constructor(input: Input) {
    super();
    this.input = input;
  }
}

class GreetHandler implements ICommandHandler<Greet> {
  execute({ input }: Greet): Promise<Output> {
    return greet(input);
  }
}

class CheckedGreetHandler implements ICommandHandler<Greet> {
  execute({ input }: Greet): Promise<Output> {
    return greetChecked(input);
  }
}

/** The bus as Nest's container makes it, without the container: it is asked for request-scoped handlers alone. */
function busWith(handler: typeof GreetHandler | typeof CheckedGreetHandler) {
  const bus = new CommandBus(undefined as unknown as ModuleRef);
  CommandHandler(Greet)(handler);
  bus.register([new InstanceWrapper({ metatype: handler, instance: new handler(), isResolved: true })]);
  return bus;
}

export const contenders: Contender[] = [
  {
    name: "@nestjs/cqrs",
    validates: "no",
    finds: "by class",
    handler: "async",
    setUp() {
      const bus = busWith(GreetHandler);
      return { run: (i) => bus.execute(new Greet(inputOf(i))) };
    },
  },
  {
    name: "@nestjs/cqrs + zod",
    validates: "zod",
    finds: "by class",
    handler: "async",
    setUp() {
      const bus = busWith(CheckedGreetHandler);
      return { run: (i) => bus.execute(new Greet(inputOf(i))) };
    },
  },
];
