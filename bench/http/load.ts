import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { HttpRequest } from "./contender.ts";

/** What a server took for some seconds. */
export interface Load {
  requests: number;
  requestsPerSecond: number;
  p99Ms: number;
}

/** A program that sends one request over and over, from a process of its own. */
export interface LoadGenerator {
  name: string;
  /** @throws {Error} if any request failed or was not answered with a 2xx. */
  load(port: number, request: HttpRequest, seconds: number): Promise<Load>;
}

const CONNECTIONS = 64;
/** Seconds; longer than any contender takes on a busy machine. */
const TIMEOUT = 10;
const run = promisify(execFile);

/** wrk where it is installed: it leaves more of a small machine to the server. */
export function loadGenerator(): LoadGenerator {
  try {
    execFileSync("wrk", ["--version"], { stdio: "ignore" });
  } catch (error) {
    // wrk knows no --version: it says how it is called, and fails.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return autocannon;
  }
  return wrk;
}

const wrk: LoadGenerator = {
  name: "wrk",
  async load(port, request, seconds) {
    const folder = mkdtempSync(join(tmpdir(), "bench-http-"));
    try {
      const script = join(folder, "request.lua");
      writeFileSync(script, luaOf(request));
      const flags = [
        "--threads",
        "1",
        "--connections",
        `${CONNECTIONS}`,
        "--duration",
        `${seconds}s`,
        "--timeout",
        `${TIMEOUT}s`,
      ];
      const url = `http://127.0.0.1:${port}${request.path}`;
      const { stdout } = await run("wrk", [...flags, "--latency", "--script", script, url]);
      const { requests, microseconds, p99, failures } = JSON.parse(lastLineOf(stdout)) as WrkSummary;
      refuseFailures(failures, url);
      return {
        requests,
        requestsPerSecond: requests / (microseconds / 1e6),
        p99Ms: p99 / 1_000,
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

interface WrkSummary {
  requests: number;
  microseconds: number;
  p99: number;
  failures: number;
}

/** Sends the request, and writes a line of JSON at the end; times are in microseconds. */
function luaOf({ method, body }: HttpRequest): string {
  const withBody = `wrk.body = [==[${body}]==]\nwrk.headers["content-type"] = "application/json"`;
  return `
wrk.method = "${method}"
${body === undefined ? "" : withBody}
function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local form = '\\n{"requests":%d,"microseconds":%d,"p99":%d,"failures":%d}\\n'
  io.write(form:format(summary.requests, summary.duration, latency:percentile(99), failures))
end
`;
}

const autocannon: LoadGenerator = {
  name: "autocannon",
  async load(port, { method, path, body }, seconds) {
    const program = createRequire(import.meta.url).resolve("autocannon");
    const url = `http://127.0.0.1:${port}${path}`;
    const flags = [
      "--json",
      "--no-progress",
      "--connections",
      `${CONNECTIONS}`,
      "--duration",
      `${seconds}`,
      "--timeout",
      `${TIMEOUT}`,
    ];
    const withBody = body === undefined ? [] : ["--headers", "content-type=application/json", "--body", body];
    const { stdout } = await run(process.execPath, [program, ...flags, "--method", method, ...withBody, url]);
    const { requests, latency, errors, timeouts, non2xx } = JSON.parse(stdout) as AutocannonResult;
    refuseFailures(errors + timeouts + non2xx, url);
    return { requests: requests.total, requestsPerSecond: requests.average, p99Ms: latency.p99 };
  },
};

interface AutocannonResult {
  requests: { total: number; average: number };
  latency: { p99: number };
  errors: number;
  timeouts: number;
  non2xx: number;
}

function refuseFailures(failures: number, url: string): void {
  if (failures > 0) throw new Error(`${failures} requests to ${url} failed or were not answered with a 2xx`);
}

function lastLineOf(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
