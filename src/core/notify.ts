/** Tells a listener. One that throws breaks nothing: what it is told of goes on, and the error is shown. */
export function notify<Args extends unknown[]>(
  listener: ((...args: Args) => void) | undefined,
  ...args: Args
): void {
  try {
    listener?.(...args);
  } catch (error) {
    console.error("a listener failed:", error);
  }
}
