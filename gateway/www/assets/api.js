// Requests of the page. The credential is kept in this module's memory only: a reload discards it, and no script that
// reads a storage gets it.
const TIMEOUT_MS = 15_000;
let account;

export const signedInAs = () => account?.name;
export const authorization = () => account && { Authorization: account.header };
export function signIn(name, password) {
  const bytes = new TextEncoder().encode(`${name}:${password}`);
  account = { name, header: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}
export function signOut() {
  account = undefined;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Sends a request, with credentials if the path needs them. Resolves for every answer, with `status` 0 if there is none;
 * `body` is the parsed JSON of `text`, if any. `credentials: "omit"` suppresses the browser's own prompt on a 401.
 */
export async function send({ method, url, headers, body, open }) {
  const started = performance.now();
  try {
    const answer = await fetch(url, {
      method,
      credentials: "omit",
      headers: open ? headers : { ...headers, ...authorization() },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      ok: answer.ok,
      text,
      body: parsed(text),
      milliseconds: performance.now() - started,
      version: answer.headers.get("X-Version"),
      servedBy: answer.headers.get("X-Served-By") ?? "the gateway",
      requestId: answer.headers.get("X-Request-ID") ?? "",
      retryAfter: answer.headers.get("Retry-After") ?? "",
    };
  } catch {
    return { status: 0, ok: false };
  }
}
