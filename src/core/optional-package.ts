/**
 * An optional package, if the application has it. It is required and not imported, because a bundler that packs a
 * contract for a browser would follow an import.
 */
export function optionalPackage<Package>(name: string): Package | undefined {
  const { createRequire } = globalThis.process?.getBuiltinModule?.("node:module") ?? {};
  try {
    return createRequire?.(import.meta.url)(name);
  } catch {
    return undefined;
  }
}
