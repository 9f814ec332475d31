/**
 * Whether a step has to be waited for. Any thenable counts: handlers may use another library's promises.
 */
export function isPending(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    (typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function")
  );
}

/**
 * Goes on with `value`: at once, or when it has settled. This is how one pipeline serves sync and async: a step that
 * finds a promise chains on it, else it goes straight on.
 */
export function chain<T>(value: unknown, next: (value: unknown) => T): T | Promise<T> {
  return isPending(value) ? (value.then(next) as Promise<T>) : next(value);
}

/** Calls `step` and passes on what it gives; what it throws, now or later, goes through `rescue`. */
export function rescue(step: () => unknown, rescue: (error: unknown) => unknown): unknown {
  try {
    const value = step();
    return isPending(value) ? value.then(undefined, rescue) : value;
  } catch (error) {
    return rescue(error);
  }
}

/** Calls `step`, then `done` once, however and whenever the step ends. */
export function finallyDo<T>(step: () => T | PromiseLike<T>, done: () => void): T | PromiseLike<T> {
  let value: T | PromiseLike<T>;
  try {
    value = step();
  } catch (error) {
    done();
    throw error;
  }
  if (isPending(value)) {
    return value.then(
      (settled) => {
        done();
        return settled as T;
      },
      (error) => {
        done();
        throw error;
      },
    );
  }
  done();
  return value;
}
