/** Preloaded into a page's program: what it prints by console.log goes to file descriptor 3, apart from its logs. */
import { writeSync } from "node:fs";
import { format } from "node:util";

console.log = (...values) => {
  writeSync(3, `${format(...values)}\n`);
};
