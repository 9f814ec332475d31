import type { Host } from "tsmodules";
import { type Client, createClient } from "tsmodules/client";
import { RetryPolicy } from "tsmodules/resilience";
import { expectTypeOf } from "vitest";
import { Count, Greet, Notify, OfArktype, OfValibot, SaveTwice } from "./events.ts";

const client = createClient({
  url: "https://example.org/api/v1",
  token: async () => undefined,
  timeoutMs: 500,
});
expectTypeOf(client).toEqualTypeOf<Client>();
// What sends by a host sends by a client as well.
expectTypeOf<Client>().toExtend<Pick<Host, "send" | "handle">>();

const greeted = await client.send(new Greet({ name: "Ada" }), { timeoutMs: 500 });
expectTypeOf(greeted).toEqualTypeOf<{ message: string; kind: "short" | "long" }>();
// @ts-expect-error there is no such field
void greeted.nope;

expectTypeOf(await client.send(new Notify({ id: "1" }))).toEqualTypeOf<undefined>();
expectTypeOf(await client.send(new OfValibot({ a: "x" }))).toEqualTypeOf<{ kind: "x" | "y" }>();
expectTypeOf(await client.send(new OfArktype({ a: "x" }))).toEqualTypeOf<{ kind: "x" | "y" }>();
expectTypeOf(await client.send(new SaveTwice({ id: "1" }))).toEqualTypeOf<{ saved: boolean }>();
for await (const item of await client.send(new Count({ to: 3 })))
  expectTypeOf(item).toEqualTypeOf<{ n: number }>();

const handled = await client.handle(new Greet());
expectTypeOf(handled).toEqualTypeOf<Greet>();
expectTypeOf(handled.output).toEqualTypeOf<{ message: string; kind: "short" | "long" } | undefined>();

void client.send(new Greet()).catch((error) => {
  if (Greet.isError(error, "TOO_RUDE")) expectTypeOf(error.data).toEqualTypeOf<{ word: string; at: Date }>();
});

createClient({ url: new URL("http://localhost"), token: "abc", scheme: "Token", headers: { "x-app": "a" } });
createClient({ url: "/api", fetch, retryPolicy: new RetryPolicy() });
createClient({ url: "/api", retryPolicy: { maxRetries: 2, jitter: "full" } });

// @ts-expect-error the url is missing
createClient({});
// @ts-expect-error there is no such option
createClient({ url: "/api", baseUrl: "/api" });
// @ts-expect-error this is no policy
createClient({ url: "/api", retryPolicy: { retries: 2 } });
// @ts-expect-error this is no event
void client.send({});
// @ts-expect-error this is the class, not an event
void client.send(Greet);
// @ts-expect-error only the token says who asks
void client.send(new Greet(), { principal: { sub: "ada", permissions: [] } });
// @ts-expect-error there is no such option
void client.handle(new Greet(), { timeout: 5 });
