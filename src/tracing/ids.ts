/** Random bytes are drawn by the pool: one call for each id would cost more than a dispatch. */
const POOL_BYTES = 4_096;

/** Every pair of bytes as hex; made for the first id, since it takes some ms. */
let hexOfPair: readonly string[] | undefined;
const pool = new Uint16Array(POOL_BYTES / 2);
let used = pool.length;

function randomHex(pairs: number): string {
  hexOfPair ??= Array.from({ length: 65_536 }, (_, value) => value.toString(16).padStart(4, "0"));
  if (used + pairs > pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  let hex = "";
  for (let index = 0; index < pairs; index++) hex += hexOfPair[pool[used++] as number];
  // All zeros is no id.
  return /^0+$/.test(hex) ? randomHex(pairs) : hex;
}

/** 16 random bytes, as 32 hex digits. */
export const newTraceId = (): string => randomHex(8);

/** 8 random bytes, as 16 hex digits. */
export const newSpanId = (): string => randomHex(4);
