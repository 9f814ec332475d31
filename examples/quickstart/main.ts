/**
 * Two modules, dispatched in the process and served over HTTP.
 *
 *     npm start
 */
import { createApp, createHost } from "./app.ts";
import { Divide } from "./calculator.ts";
import { Greet } from "./greeter.ts";
import { serve } from "./serve.ts";

const host = createHost();

console.log("In the process:");
console.log("  Greet  →", await host.send(new Greet({ name: "Ada" })));
console.log("  Divide →", await host.send(new Divide({ dividend: 84, divisor: 2 })));
try {
  await host.send(new Divide({ dividend: 1, divisor: 0 }));
} catch (error) {
  if (Divide.isError(error, "DIVISION_BY_ZERO")) console.log("  Divide →", error.code, error.data);
}

const address = await serve(createApp(host), host);

console.log(`
Over HTTP, try:
  curl -X POST ${address}/greetings -H 'content-type: application/json' -d '{"name":"Ada"}'
  curl '${address}/divide/84?divisor=2'
  curl '${address}/divide/84?divisor=0'
  curl '${address}/divide/many?divisor=2'
  curl ${address}/health
  curl ${address}/metrics

Or read and try everything at ${address}/docs. Stop with Ctrl-C.`);
