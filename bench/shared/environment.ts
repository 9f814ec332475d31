import { availableParallelism, cpus } from "node:os";
import manifest from "../package.json" with { type: "json" };

/** What the figures depend on besides the code. */
export const environment = {
  node: process.version,
  v8: process.versions.v8,
  platform: `${process.platform} ${process.arch}`,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  peers: manifest.dependencies,
};
