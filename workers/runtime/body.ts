import { checkNesting, SHALLOW } from "./nesting.ts";
import { Problem } from "./problem.ts";
import { BOUNDS, type Sampled } from "./shadow/recorder.ts";

/** Bytes; a second limit behind the gateway's, which has at most this and answers with a problem document. */
export const MAX_BODY = 8 * 1024 * 1024;

/**
 * Bytes. A replica parses one body at a time, so more of them only use memory: this is one of the largest that the
 * gateway accepts, and with their text 16 MiB of a replica's 192.
 */
const MAX_IN_FLIGHT = 8 * 1024 * 1024;

/** Bytes. Smaller bodies are not counted: hundreds of them use little, and counting costs 2 % of a small request. */
const UNCOUNTED = 16 * 1024;

/** For a route whose schema requires a body. */
export const NO_BODY = new Problem(400, "The request has no body. Send it as application/json.");

let inFlight = 0;

/** The text of a body, which is kept for a request of a shadow's sample. */
async function textOf(request: Request, sampled: Sampled | undefined): Promise<string> {
  const text = await request.text(); // rejects if the client disconnects
  if (sampled && text.length <= BOUNDS.body) sampled.body = text;
  else if (sampled) sampled.isLarge = true;
  return text;
}

function parse(text: string): unknown {
  if (text === "") throw NO_BODY; // chunked and empty: whether the route requires one is not known here
  checkNesting(text);
  return JSON.parse(text);
}

async function readWithinBudget(
  request: Request,
  bytes: number,
  sampled: Sampled | undefined,
): Promise<unknown> {
  if (inFlight + bytes > MAX_IN_FLIGHT) {
    const headers = { "retry-after": "1" };
    throw new Problem(503, "The worker is reading too many bodies. Try again.", undefined, headers);
  }
  inFlight += bytes;
  try {
    return parse(await textOf(request, sampled));
  } finally {
    inFlight -= bytes;
  }
}

/**
 * Reads and parses a JSON body; undefined if there is none.
 * @throws SyntaxError, or a Problem for a body that exceeds a limit.
 */
export function readJson(request: Request, sampled?: Sampled): Promise<unknown> | undefined {
  const { headers } = request;
  const length = headers.get("content-length");
  // Without either header there is no body (RFC 9112, 6.3), except in tests' requests.
  if (length === null && request.body === null) return undefined;
  if (length === null)
    return readWithinBudget(request, headers.has("transfer-encoding") ? MAX_BODY : 0, sampled);
  const bytes = Number(length);
  if (bytes === 0) return undefined;
  if (bytes <= SHALLOW && !sampled) return request.json();
  return bytes <= UNCOUNTED
    ? textOf(request, sampled).then(parse)
    : readWithinBudget(request, bytes, sampled);
}
