export type { CheckAnswer, CheckFunction, CheckOptions, CheckReport } from "./check.ts";
export {
  type CallableCheckOptions,
  createCallableCheck,
  createHttpCheck,
  createTcpCheck,
  type HttpCheckOptions,
} from "./checks.ts";
export { type CheckedHost, HealthCheck, type HealthCheckOptions, type HealthReport } from "./health-check.ts";
export { HealthStatus } from "./status.ts";
