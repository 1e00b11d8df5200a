const SANE = /^[A-Za-z0-9._-]{1,128}$/;

/** The client's own id where it is sane, so that it can follow its request; a fresh one otherwise. */
export function requestId(headers: Headers): string {
  const own = headers.get("x-request-id");
  return own !== null && SANE.test(own) ? own : crypto.randomUUID().replaceAll("-", "");
}
