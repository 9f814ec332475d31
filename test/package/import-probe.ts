/**
 * Imports a module in a fresh process and prints what that took, as JSON.
 *
 *     node import-probe.ts <file URL> time|loads
 */
import { registerHooks } from "node:module";

const [url = "", measure] = process.argv.slice(2);
const loads: string[] = [];
if (measure === "loads") {
  registerHooks({
    load(url, context, next) {
      loads.push(url);
      return next(url, context);
    },
  });
}

// What the first import() and the first performance.now() of any program cost is not ours.
const nothing = "data:text/javascript,";
await import(nothing);
performance.now();
loads.length = 0;
const builtinsBefore = builtins();

const began = performance.now();
await import(url);
const milliseconds = performance.now() - began;
loads.push(...builtins().slice(builtinsBefore.length));
console.log(JSON.stringify({ milliseconds, loads }));

/** Node's own modules that this process has loaded, in order, as Node calls them. */
function builtins(): string[] {
  return [...(process as unknown as { moduleLoadList: string[] }).moduleLoadList];
}
