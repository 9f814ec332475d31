/** How something is; "degraded" works, though not all of it. */
export type HealthStatus = "healthy" | "degraded" | "unhealthy";

/** The statuses by name, for those who like to read `HealthStatus.HEALTHY`. */
export const HealthStatus = Object.freeze({
  HEALTHY: "healthy",
  DEGRADED: "degraded",
  UNHEALTHY: "unhealthy",
} as const);

const FROM_BEST: readonly HealthStatus[] = ["healthy", "degraded", "unhealthy"];

export function isHealthStatus(value: unknown): value is HealthStatus {
  return (FROM_BEST as readonly unknown[]).includes(value);
}

/** The worst of them; healthy where there is none. */
export function worst(statuses: readonly HealthStatus[]): HealthStatus {
  return statuses.reduce(
    (found, status) => (FROM_BEST.indexOf(status) > FROM_BEST.indexOf(found) ? status : found),
    "healthy",
  );
}
