import "reflect-metadata";
import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Module,
  Param,
  type PipeTransform,
  Post,
} from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { FastifyAdapter, type NestFastifyApplication } from "@nestjs/platform-fastify";
import type { z } from "zod";
import { type Contender, rest } from "../contender.ts";
import { portOf } from "../listen.ts";
import { createUser, getUser, idFromText, type NewUser, newUser } from "../users.ts";

/** As Nest's documentation writes it. */
class ZodPipe implements PipeTransform {
  readonly #schema: z.ZodType;

  constructor(schema: z.ZodType) {
    this.#schema = schema;
  }

  transform(value: unknown): unknown {
    const result = this.#schema.safeParse(value);
    if (!result.success) throw new BadRequestException(result.error.issues);
    return result.data;
  }
}

class UsersController {
  create(input: NewUser) {
    return createUser(input);
  }

  get({ id }: { id: number }) {
    return getUser(id);
  }
}

class UsersModule {}

/** Decorators as the functions that they are, so that this file runs as it is. */
function decorate(): void {
  const { prototype } = UsersController;
  const property = (name: "create" | "get") =>
    Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
  Body(new ZodPipe(newUser))(prototype, "create", 0);
  Post()(prototype, "create", property("create"));
  Param(new ZodPipe(idFromText))(prototype, "get", 0);
  Get(":id")(prototype, "get", property("get"));
  Controller("users")(UsersController);
  Module({ controllers: [UsersController] })(UsersModule);
}

export const contenders: Contender[] = [
  {
    name: "nest on fastify",
    validates: "zod",
    wire: rest,
    async listen() {
      decorate();
      const app = await NestFactory.create<NestFastifyApplication>(UsersModule, new FastifyAdapter(), {
        logger: false,
      });
      await app.listen(0, "127.0.0.1");
      return portOf(app.getHttpServer());
    },
  },
];
