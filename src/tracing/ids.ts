/** Random digits are drawn by the thousand: one call for each id would cost more than a dispatch. */
const POOL_BYTES = 4_096;

let pool = "";
let used = 0;

function randomHex(digits: number, zero: string): string {
  if (used + digits > pool.length) {
    pool = hexOf(crypto.getRandomValues(new Uint8Array(POOL_BYTES)));
    used = 0;
  }
  const hex = pool.slice(used, used + digits);
  used += digits;
  // All zeros is no id.
  return hex === zero ? randomHex(digits, zero) : hex;
}

function hexOf(bytes: Uint8Array<ArrayBuffer>): string {
  if (globalThis.Buffer !== undefined) return Buffer.from(bytes.buffer).toString("hex");
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const NO_TRACE_ID = "0".repeat(32);
const NO_SPAN_ID = "0".repeat(16);

/** 16 random bytes, as 32 hex digits. */
export const newTraceId = (): string => randomHex(32, NO_TRACE_ID);

/** 8 random bytes, as 16 hex digits. */
export const newSpanId = (): string => randomHex(16, NO_SPAN_ID);
