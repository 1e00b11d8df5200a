import { Value } from "@sinclair/typebox/value";
import { ElysiaStatus, StatusMap } from "elysia";
import { PROBLEM_TYPE, Problem, type ProblemDetails, problemDetails } from "./problem.ts";
import { ProblemSchema } from "./problem-schema.ts";

/** Characters of a handler's own text that become `detail`; a longer one is a page, not a reason. */
const MAX_DETAIL = 500;

/** A problem document and its request. */
interface Asked {
  path: string;
  requestId: string;
}

/** The status an answer will have. `set` is the context's; Elysia writes a returned status there later. */
export function statusOf(value: unknown, set: number | string | undefined): number {
  const own = value instanceof ElysiaStatus ? value.code : value instanceof Response ? value.status : 200;
  const status = own === 200 ? (set ?? 200) : own;
  return typeof status === "number" ? status : (StatusMap[status as keyof typeof StatusMap] ?? 500);
}

/** The members of a handler's own object join the problem's (RFC 9457, 3.2), unless the whole would be no problem. */
function withMembers(problem: ProblemDetails, members: object): ProblemDetails {
  const { status, instance, request_id } = problem;
  const whole = { ...problem, ...members, status, instance, request_id };
  return Value.Check(ProblemSchema, whole) ? whole : problem;
}

/** The words of an answer, if they are the handler's own and not a page. */
function ownWords(status: number, text: string): string | undefined {
  const words = text.trim();
  const isStatus = (StatusMap as Record<string, number>)[words] === status; // Elysia's own words
  return words === "" || isStatus || words.length > MAX_DETAIL || /^[[{<]/.test(words) ? undefined : words;
}

/** A problem document for what a handler returned with an error status. */
function problemText(status: number, value: unknown, { path, requestId }: Asked): string {
  const text = typeof value === "string" ? value : "";
  const problem = problemDetails(new Problem(status, ownWords(status, text)), path, requestId);
  let members = value;
  if (text.startsWith("{")) {
    try {
      members = JSON.parse(text);
    } catch {}
  }
  const plain = Object.getPrototypeOf(Object(members)) === Object.prototype;
  return JSON.stringify(plain ? withMembers(problem, members as object) : problem);
}

const respond = (text: string, status: number, headers = new Headers()): Response => {
  headers.set("content-type", PROBLEM_TYPE);
  return new Response(text, { status, headers });
};

/** The same for a handler's own Response; its headers stay. */
async function problemResponse(response: Response, asked: Asked): Promise<Response> {
  const headers = new Headers(response.headers);
  const text = headers.has("content-encoding") ? "" : await response.text().catch(() => "");
  for (const name of ["content-length", "content-encoding", "transfer-encoding"]) headers.delete(name);
  return respond(problemText(response.status, text, asked), response.status, headers);
}

const isProblemType = (type: unknown) => String(type).startsWith(PROBLEM_TYPE);

/**
 * Makes a problem document of any answer with an error status: `status(404)`, `set.status = 404`, a Response. One that
 * is a problem document already stays.
 */
export function asProblem(
  value: unknown,
  headers: Record<string, unknown>,
  status: number,
  asked: Asked,
): Response | Promise<Response> {
  if (value instanceof Response) {
    return isProblemType(value.headers.get("content-type")) ? value : problemResponse(value, asked);
  }
  if (typeof value === "string" && isProblemType(headers["content-type"])) return respond(value, status);
  return respond(problemText(status, value instanceof ElysiaStatus ? value.response : value, asked), status);
}
