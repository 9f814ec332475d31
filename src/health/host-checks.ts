import type { HostCondition } from "../host/condition.ts";
import type { CheckReport } from "./check.ts";

/** What a host says of itself, by the names of its checks. */
export function hostChecks(condition: HostCondition): Record<string, CheckReport> {
  const { failedModules, openCircuits, deadLetters } = condition;
  const failures = failedModules.map(({ message }) => message).join("; ");
  return {
    modules: {
      ...report(failedModules.length > 0, "unhealthy", failures),
      ...(failures !== "" && { error: failures }),
    },
    circuits: report(openCircuits.length > 0, "degraded", `open: ${openCircuits.join(", ")}`),
    ...(deadLetters && {
      deadLetters: report(
        deadLetters.size >= deadLetters.maxSize,
        "degraded",
        `the dead-letter queue is full: ${deadLetters.size} letters`,
      ),
    }),
  };
}

/** Whether a host takes events: not while its modules load, and not any more once it closes. */
export function hostReadiness({ closing, loading }: HostCondition): CheckReport {
  return report(
    closing || loading,
    "unhealthy",
    closing ? "the host is closing" : "modules are still loading",
  );
}

function report(isBad: boolean, status: "degraded" | "unhealthy", message: string): CheckReport {
  return isBad ? { status, message, durationMs: 0 } : { status: "healthy", durationMs: 0 };
}
