export {
  APIError,
  AuthenticationError,
  AuthorizationError,
  ConflictError,
  NotFoundError,
  ValidationError,
} from "../core/api-error.ts";
export type { Problem } from "../core/problem.ts";
export { type AuthPluginOptions, authPlugin } from "./auth/auth-plugin.ts";
export { AuthProvider, type NewToken, type TokenClaims } from "./auth/auth-provider.ts";
export type { JWTAlgorithm } from "./auth/jwt-algorithms.ts";
export { JWTAuthProvider } from "./auth/jwt-auth-provider.ts";
export type { JWTAuthProviderOptions } from "./auth/jwt-options.ts";
export { requireAuth, requirePermissions } from "./auth/require-auth.ts";
export { type Convention, type ConventionalRoute, conventionalRoute, type EventWords } from "./convention.ts";
export { addDocs, type DocsOptions } from "./docs.ts";
export type { HttpMethod } from "./endpoint.ts";
export {
  type ErrorHandlersOptions,
  type MappedError,
  problemDetails,
  registerErrorHandlers,
} from "./error-handlers.ts";
export { apiEndpoint, excludeFromApi } from "./exposure.ts";
export { addHealthEndpoints, type HealthEndpointsOptions } from "./health-endpoints.ts";
export { addMetricsEndpoint } from "./metrics-endpoint.ts";
export {
  addEventEndpoint,
  ModuleRouter,
  type ModuleRouterOptions,
  type MountOptions,
} from "./module-router.ts";
export type { DocumentInfo, DocumentServer } from "./openapi/document.ts";
export type { SecurityScheme } from "./openapi/security.ts";
export { type CloseOptions, closeGracefully, exitOnSignals } from "./shutdown.ts";
export { addTracing } from "./tracing.ts";
