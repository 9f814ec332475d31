import { ConfigurationError } from "../../core/errors.ts";

/** The first Node that runs TypeScript as it is; package.json says so, too. */
const NEEDED = [22, 18] as const;

/**
 * npx runs the command on whatever Node there is, and an older one says nothing but "Unknown file extension".
 *
 * @throws {ConfigurationError} if `version` is older than what is needed.
 */
export function refuseOldNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return;
  throw new ConfigurationError(`needs Node ${NEEDED.join(".")} or newer, and this is ${version}`);
}
