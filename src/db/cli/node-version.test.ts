import { expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { refuseOldNode } from "./node-version.ts";

it.each(["18.20.0", "20.20.2", "22.17.9"])("the command refuses Node %s", (version) => {
  expect(() => refuseOldNode(version)).toThrow(
    `needs Node ${manifest.engines.node.replace(">=", "")} or newer, and this is ${version}`,
  );
});

it.each(["22.18.0", "24.0.0", process.versions.node])("the command takes Node %s", (version) => {
  expect(() => refuseOldNode(version)).not.toThrow();
});
