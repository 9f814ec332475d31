import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from "fastify";
import { AuthenticationError } from "../../core/api-error.ts";
import { type Check, checkOptions, having } from "../../core/check-options.ts";
import { ConfigurationError } from "../../core/errors.ts";
import type { AuthProvider } from "./auth-provider.ts";
import { Authenticator } from "./authenticator.ts";
import { PublicRoutes } from "./public-routes.ts";
import "./request-principal.ts";

/** Who is asked about callers, and where nobody has to be known. */
export interface AuthPluginOptions {
  /** Of several, each is asked in turn about the token that it finds, until one takes it. */
  readonly provider: AuthProvider | readonly AuthProvider[];
  /**
   * Routes that need no principal: whole, with their prefixes, parameters in braces or after a colon. `/docs/*` is every
   * route below `/docs`. They are compared with the route that a request found, not with its URL.
   */
  readonly excludePaths?: readonly string[];
}

/** How an application authenticates. */
interface Authentication {
  readonly authenticator: Authenticator;
  readonly publicRoutes: PublicRoutes;
}

/** Where an application keeps how it authenticates. */
const AUTHENTICATION = Symbol("tsmodules.authentication");

/**
 * Makes every route of an application private, wherever it was or will be added, but `excludePaths` and those whose
 * contract says `http: { public: true }` (`config: { public: true }` of a route by hand). A request without a valid
 * token gets a 401 before its body is read. Who asks is `request.principal`, also on public routes, where a token that
 * is not valid counts as none.
 *
 * It stands in Fastify's `preParsing`: CORS, rate limits and cookies, which stand in `onRequest`, come first.
 *
 * @throws {ConfigurationError} from `app.ready()` if an option is wrong, or the application has the plugin already.
 * @example
 * app.register(authPlugin, { provider: new JWTAuthProvider(), excludePaths: ["/health", "/docs/*"] });
 */
export const authPlugin: FastifyPluginAsync<AuthPluginOptions> = Object.assign(addAuthentication, {
  // Else the plugin would hold for what is registered inside it alone.
  [Symbol.for("skip-override")]: true,
  [Symbol.for("fastify.display-name")]: "tsmodules-auth",
});

/** How the routes of `app` are authenticated, if they are. It is known when `app` is ready. */
export function authenticationOf(app: FastifyInstance): Authentication | undefined {
  return app.hasDecorator(AUTHENTICATION) ? app.getDecorator<Authentication>(AUTHENTICATION) : undefined;
}

async function addAuthentication(app: FastifyInstance, options: AuthPluginOptions): Promise<void> {
  checkOptions(options, { provider: providers, excludePaths: routes }, "authPlugin", ["provider"]);
  if (authenticationOf(app) !== undefined) {
    throw new ConfigurationError("authPlugin: the application has it already; give one a list of providers");
  }
  const { provider, excludePaths = [] } = options;
  const authenticator = new Authenticator([provider].flat());
  const publicRoutes = new PublicRoutes(excludePaths);

  app.decorate(AUTHENTICATION, { authenticator, publicRoutes });
  if (!app.hasRequestDecorator("principal")) app.decorateRequest("principal", undefined);
  app.addHook("preParsing", async (request) => {
    if (request.is404) return;
    const { url = "", config } = request.routeOptions;
    if (config.public === true || publicRoutes.has(url)) await welcome(authenticator, request);
    else await admit(authenticator, request);
  });
  app.addHook("onReady", async () => {
    for (const route of publicRoutes.unknownTo(app)) {
      app.log.warn({ route }, "excludePaths of authPlugin has a route that the application does not have");
    }
  });
}

/** @throws {AuthenticationError} if nobody knows who is asking. */
export async function admit(authenticator: Authenticator, request: FastifyRequest): Promise<void> {
  await authenticator.authenticate(request);
  if (request.principal !== undefined) return;
  throw authenticator.hasRefused(request)
    ? new AuthenticationError("the token is not valid, or not any more")
    : new AuthenticationError();
}

/** A public route needs nobody, and so it works also while nobody can be recognised. */
async function welcome(authenticator: Authenticator, request: FastifyRequest): Promise<void> {
  try {
    await authenticator.authenticate(request);
  } catch (error) {
    request.log.error({ err: error }, "the caller of a public route could not be authenticated");
  }
}

const isProvider = having("validateToken", "createToken");

const providers: Check = (value) => {
  const list = [value].flat();
  return list.length > 0 && list.every((provider) => isProvider(provider) === undefined)
    ? undefined
    : "an AuthProvider, or a list of them";
};

const routes: Check = (value) => (Array.isArray(value) ? undefined : "a list of routes");
