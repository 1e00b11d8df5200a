// The API as this page uses it. The credential lives in this module's memory and nowhere else: a reload forgets it,
// and nothing that could read a storage can read it.
const TIMEOUT_MS = 15_000;
let account;

export const signedInAs = () => account?.name;
export function signIn(name, password) {
  const bytes = new TextEncoder().encode(`${name}:${password}`);
  account = { name, header: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}
export function signOut() {
  account = undefined;
}

const VERSION_HEADERS = { v1: {}, v2: { "X-Experiment-Group": "debug" } };

/**
 * Asks for the emotion of a sentence. Resolves for every answer of the gateway, with `status` 0 where there is none.
 * `credentials: "omit"` keeps the browser's own password prompt away when the answer is 401.
 */
export async function predict(sentence, version) {
  const headers = { "Content-Type": "application/json", ...VERSION_HEADERS[version] };
  if (account) headers.Authorization = account.header;
  const started = performance.now();
  try {
    const answer = await fetch("/predict", {
      method: "POST",
      credentials: "omit",
      headers,
      body: JSON.stringify({ sentence }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = await answer.json().catch(() => ({}));
    return {
      status: answer.status,
      body,
      milliseconds: performance.now() - started,
      servedBy: answer.headers.get("X-Served-By") ?? "the gateway",
      requestId: answer.headers.get("X-Request-ID") ?? "",
      retryAfter: answer.headers.get("Retry-After") ?? "",
    };
  } catch {
    return { status: 0, body: {}, milliseconds: performance.now() - started };
  }
}
