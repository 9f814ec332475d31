export {
  APIError,
  AuthenticationError,
  AuthorizationError,
  ConflictError,
  NotFoundError,
  ValidationError,
} from "../core/api-error.ts";
export { addDocs, type DocsOptions } from "./docs.ts";
export type { HttpMethod } from "./endpoint.ts";
export { registerErrorHandlers } from "./error-handlers.ts";
export { addHealthEndpoints, type HealthEndpointsOptions } from "./health-endpoints.ts";
export { addMetricsEndpoint } from "./metrics-endpoint.ts";
export { addEventEndpoint, ModuleRouter } from "./module-router.ts";
export type { DocumentInfo, DocumentServer } from "./openapi/document.ts";
export type { SecurityScheme } from "./openapi/security.ts";
export type { Problem } from "./problem.ts";
