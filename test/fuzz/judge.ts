import { STATUS_CODES } from "node:http";
import type { Answer } from "./answer.ts";
import type { Attempt } from "./attempt.ts";
import type { Outcome } from "./connection.ts";

/** What is wrong with an outcome; undefined when nothing is. */
export function wrongWith(attempt: Attempt, { answers, broken, hung }: Outcome): string | undefined {
  const { expects, methods } = attempt;
  if (broken !== undefined) return `what came after ${answers.length} answers is no HTTP: ${broken}`;
  if (hung) return `no end after ${answers.length} of ${methods.length} answers`;
  if ((expects === "success" || expects === "answers") && answers.length < methods.length) {
    return `the connection ended after ${answers.length} of ${methods.length} answers`;
  }
  return answers
    .map((answer, i) => wrongWithAnswer(attempt, answer, methods[i]))
    .find((problem) => problem !== undefined);
}

function wrongWithAnswer(attempt: Attempt, answer: Answer, method: string | undefined): string | undefined {
  const { target, expects } = attempt;
  const { status } = answer;
  const designed = target.designed.includes(status);
  if (status >= 500 && !designed) return `${status} ${STATUS_CODES[status]}`;
  if (expects === "success" && status >= 400 && !designed)
    return `a valid request was answered with ${status}`;
  if (isRefusalOfNode(answer)) {
    return expects === "end" ? undefined : `Node refused a sound request with ${status}`;
  }
  if (status >= 400) return wrongWithProblem(answer, method);
  if (status === 204 || method === "HEAD") return undefined;
  if (/^application\/json/.test(typeOf(answer)) && parsed(answer) === undefined)
    return `${status} with broken JSON`;
  return undefined;
}

/** Whether it was answered below the application: by the server's HTTP parser, or by Node, which gives no content. */
export function isRefusalOfNode({ status, headers }: Answer): boolean {
  return status >= 400 && (headers.get("date") === undefined || headers.get("content-type") === undefined);
}

/** RFC 9457. */
function wrongWithProblem(answer: Answer, method: string | undefined): string | undefined {
  const { status, headers } = answer;
  if (!/^application\/problem\+json/.test(typeOf(answer))) {
    return `${status} as ${typeOf(answer) || "nothing"}, which is no problem details`;
  }
  if (status === 405 && !headers.get("allow")) return "405 without Allow";
  if (method === "HEAD") return undefined;
  const problem = parsed(answer) as Record<string, unknown> | undefined;
  if (typeof problem !== "object" || problem === null) return `${status} with broken JSON`;
  if (problem.status !== status) return `${status} whose problem says ${problem.status}`;
  const missing = ["type", "title", "detail", "code"].find((field) => typeof problem[field] !== "string");
  if (missing !== undefined) return `${status} whose problem has no ${missing}`;
  if (/secret|node_modules|\/src\/|\n {4}at /.test(JSON.stringify(problem)))
    return `${status} that tells of the inside`;
  return undefined;
}

function typeOf({ headers }: Answer): string {
  return headers.get("content-type") ?? "";
}

function parsed({ body }: Answer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
