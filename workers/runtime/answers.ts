import { Value } from "@sinclair/typebox/value";
import type { BunFile } from "bun";
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
  const code = typeof status === "number" ? status : StatusMap[status as keyof typeof StatusMap];
  return Number.isInteger(code) && code >= 100 && code <= 599 ? code : 500;
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

export const isProblem = ({ headers }: Response) => isProblemType(headers.get("content-type"));

/** A `Bun.file`: where there is none, Bun finds out after the answer was made. */
export async function existing(file: Blob): Promise<Blob> {
  if (await (file as BunFile).exists()) return file;
  throw new Error(`there is no file ${(file as BunFile).name}`);
}

/** The headers if an answer can have them, else those of the runtime: what the handler set may be why it failed. */
export function sendable(headers: Record<string, unknown>): Record<string, unknown> {
  try {
    new Headers(headers as Record<string, string>);
    return headers;
  } catch {
    const own = ["x-request-id", "connection"];
    return Object.fromEntries(Object.entries(headers).filter(([name]) => own.includes(name)));
  }
}

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
    return isProblem(value) ? value : problemResponse(value, asked);
  }
  if (typeof value === "string" && isProblemType(headers["content-type"])) return respond(value, status);
  return respond(problemText(status, value instanceof ElysiaStatus ? value.response : value, asked), status);
}
