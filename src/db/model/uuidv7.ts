import { randomUUID } from "node:crypto";

/** The counter's highest value: it has 12 bits. */
const MAX_COUNTER = 0xfff;

let lastMs = 0;
let counter = 0;

/**
 * A UUID of version 7: milliseconds, a counter that keeps those of one millisecond in order, and chance.
 *
 * @see RFC 9562, section 5.7, and 6.2 for the counter (method 1)
 */
export function uuidv7(): string {
  const random = randomUUID();
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    // It begins in its lower half, so that it has room to grow.
    counter = Number.parseInt(random.slice(0, 3), 16) >> 1;
  } else if (counter++ === MAX_COUNTER) {
    lastMs++;
    counter = 0;
  }
  const time = lastMs.toString(16).padStart(12, "0");
  const count = counter.toString(16).padStart(3, "0");
  // Variant and randomness are where version 4 has them.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${random.slice(19)}`;
}
