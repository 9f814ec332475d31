import { guarding } from "./policy-contender.ts";

/** What one writes oneself, no more than it needs. */
export const contenders = [
  guarding("rate limit", "by hand", () => {
    let tokens = 1e6;
    let last = performance.now();
    return async (call) => {
      const now = performance.now();
      tokens = Math.min(1e6, tokens + (now - last) * 1e6);
      last = now;
      if (tokens < 1) throw new Error("too fast");
      tokens--;
      return call();
    };
  }),
  guarding("circuit breaker", "by hand", () => {
    let failures = 0;
    return async (call) => {
      if (failures >= 5) throw new Error("open");
      try {
        const value = await call();
        failures = 0;
        return value;
      } catch (error) {
        failures++;
        throw error;
      }
    };
  }),
  guarding("retry", "by hand", () => async (call) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (attempt >= 3) throw error;
      }
    }
  }),
  guarding("timeout", "by hand", () => async (call) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error("late")), 1_000);
    });
    try {
      return await Promise.race([call(), late]);
    } finally {
      clearTimeout(timer);
    }
  }),
  guarding("bulkhead", "by hand", () => {
    let running = 0;
    return async (call) => {
      if (running >= 10) throw new Error("full");
      running++;
      try {
        return await call();
      } finally {
        running--;
      }
    };
  }),
  guarding("fallback", "by hand", () => async (call) => {
    try {
      return await call();
    } catch {
      return { message: "" };
    }
  }),
];
