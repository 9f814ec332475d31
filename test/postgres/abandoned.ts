/** Makes a cluster on a tmpfs, tells their whereabouts as JSON, and clears nothing up: it waits to be killed. */
import { ThrowAwayCluster } from "./throw-away-cluster.ts";
import { Tmpfs } from "./tmpfs.ts";

function skip(reason: unknown): never {
  throw new Error(String(reason));
}

const { path } = await Tmpfs.mount(skip, 64);
const { folder, pids } = await ThrowAwayCluster.create(skip, { directory: path });
console.log(JSON.stringify({ path, folder, pids }));
