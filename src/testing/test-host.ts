import { ModuleHost } from "../host/module-host.ts";
import type { ModuleHostOptions } from "../host/options.ts";

/** A host for tests: silent, and strict about what handlers return. `options` overrides both. */
export function createTestHost(options: ModuleHostOptions = {}): ModuleHost {
  return new ModuleHost({ logLevel: "silent", validateOutput: true, ...options });
}
