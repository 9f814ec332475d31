export {
  APIError,
  AuthenticationError,
  AuthorizationError,
  ConflictError,
  NotFoundError,
  ValidationError,
} from "./core/api-error.ts";
export type { CancelTimer, Clock } from "./core/clock.ts";
export type {
  DispatchOptions,
  Fail,
  HandlerContext,
  Host,
  LoadContext,
  Middleware,
  MiddlewareContext,
  PublishReport,
} from "./core/context.ts";
export type { Contract, HttpOptions } from "./core/contract.ts";
export {
  AsyncHandlerError,
  BulkheadFullError,
  CircuitBreakerOpenError,
  ConfigurationError,
  DeclaredError,
  EventHandlingError,
  EventTimeoutError,
  EventValidationError,
  HostClosedError,
  IdempotencyKeyInUseError,
  IdempotencyKeyReusedError,
  ModuleRegistrationError,
  OutputValidationError,
  RateLimitExceededError,
  RefusalError,
  TSModulesError,
  UnhandledEventError,
} from "./core/errors.ts";
export type {
  AnyEvent,
  AnyEventClass,
  EventClass,
  EventConstructor,
  EventDefinition,
  EventMeta,
  EventOf,
  EventOptions,
  EventSettings,
  EventStatics,
  InputOf,
  OutputOf,
  Principal,
  TypedEvent,
} from "./core/event.ts";
export { defineEvent } from "./core/event.ts";
export { isFault } from "./core/fault.ts";
export type { JsonSchema } from "./core/json-schema.ts";
export type { Logger, LogLevel } from "./core/logger.ts";
export type {
  AnyModule,
  Handler,
  ModuleBuilder,
  ModuleDefinition,
  ModuleMetadata,
  OpenModule,
  Subscriber,
} from "./core/module.ts";
export { defineModule, Module, module } from "./core/module.ts";
export type {
  BulkheadOptions,
  CircuitBreakerOptions,
  CircuitBreakerWindow,
  DeadLetterQueueOptions,
  FallbackOptions,
  IdempotencyOptions,
  Policies,
  PolicyObject,
  RateLimiterOptions,
  RetryBudgetOptions,
  RetryPolicyOptions,
} from "./core/policies.ts";
export type { Skip } from "./core/skip.ts";
export { SKIP } from "./core/skip.ts";
export type { Issue, StandardSchema } from "./core/standard-schema.ts";
export type { AttributeValue, TraceHandle } from "./core/trace-context.ts";
export type { CatalogueEntry } from "./host/catalogue.ts";
export type { HostCondition } from "./host/condition.ts";
export type { Hooks } from "./host/hooks.ts";
export type { Metrics, MetricsSnapshot } from "./host/metrics.ts";
export { ModuleHost } from "./host/module-host.ts";
export type { EnvironmentOptions } from "./host/module-host-config.ts";
export { ModuleHostConfig } from "./host/module-host-config.ts";
export type { ModuleHostOptions } from "./host/options.ts";
