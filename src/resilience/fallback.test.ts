import { CircuitBreakerOpenError, ConfigurationError, NotFoundError } from "tsmodules";
import { Fallback } from "tsmodules/resilience";
import { describe, expect, it } from "vitest";

const down = () => Promise.reject(new Error("down"));

describe("Fallback", () => {
  it("answers in place of a failure, sync or async", async () => {
    const fallback = new Fallback({ defaultValue: "unavailable", logErrors: false });

    expect(await fallback.execute<string>(down)).toBe("unavailable");
    expect(
      fallback.run<string>(() => {
        throw new Error("down");
      }, {}),
    ).toBe("unavailable");
  });

  it("wraps a function", async () => {
    const getUser = new Fallback({ defaultValue: { name: "nobody" }, logErrors: false }).wrap(
      async (id: number) => {
        if (id === 0) throw new Error("down");
        return { name: `user ${id}` };
      },
    );

    expect([await getUser(1), await getUser(0)]).toEqual([{ name: "user 1" }, { name: "nobody" }]);
  });

  it("asks its handler for an answer", async () => {
    const fallback = new Fallback({ handler: (error) => String(error), logErrors: false });

    expect(await fallback.execute<string>(down)).toBe("Error: down");
  });

  it("stands in for an open circuit, and not for answers", async () => {
    const fallback = new Fallback({ defaultValue: "unavailable", logErrors: false });
    const open = () => Promise.reject(new CircuitBreakerOpenError(undefined, 10));

    expect(await fallback.execute<string>(open)).toBe("unavailable");
    await expect(fallback.execute(() => Promise.reject(new NotFoundError("user")))).rejects.toThrow(
      NotFoundError,
    );
  });

  it.each([{}, { defaultValue: 1, handler: () => 2 }])("refuses %j", (options) => {
    expect(() => new Fallback(options)).toThrow(ConfigurationError);
  });

  it("takes undefined for an answer", async () => {
    expect(
      await new Fallback({ defaultValue: undefined, logErrors: false }).execute<string>(down),
    ).toBeUndefined();
  });
});
