import { createPrivateKey, X509Certificate } from "node:crypto";
import { coversHost, serverNames } from "../host/certificate.ts";
import { type Check, unless } from "./facts.ts";

const WARN_DAYS = 30;
const DAY_MS = 86_400_000;
const LOOPBACK = ["localhost", "127.0.0.1"];

/** Undefined where the PEM is missing or invalid. */
function parse<T>(make: (pem: string) => T, pem: string | undefined): T | undefined {
  try {
    return pem === undefined ? undefined : make(pem);
  } catch {
    return undefined;
  }
}

export const certificates: Check[] = [
  ({ certificate, generated, now }) => {
    const parsed = parse((pem) => new X509Certificate(pem), certificate);
    if (!parsed)
      return {
        what: "the certificate",
        wrong: "missing or unreadable",
        fix: "make start-project, or fix TLS_CERT_FILE",
      };
    const { validFrom, validTo } = parsed;
    const days = Math.floor((Date.parse(validTo) - now) / DAY_MS);
    const begun = Date.parse(validFrom) <= now;
    return {
      what: `the certificate is valid for ${WARN_DAYS} more days`,
      wrong: unless(
        begun && days >= WARN_DAYS,
        begun ? `${days} days left` : `not valid before ${validFrom}`,
      ),
      fix: generated ? "make reload renews it" : "renew TLS_CERT_FILE and TLS_KEY_FILE, then make reload",
    };
  },
  ({ certificate, key, generated, settings }) => {
    const parsed = parse((pem) => new X509Certificate(pem), certificate);
    const own = parse(createPrivateKey, key);
    // No CA signs loopback names.
    const names = serverNames(settings["SERVER_NAMES"]).filter(
      (name) => generated || !LOOPBACK.includes(name),
    );
    const missing = names.filter((name) => !parsed || !coversHost(parsed, name));
    const pair = Boolean(parsed && own && parsed.checkPrivateKey(own));
    return {
      what: "the certificate covers every host of SERVER_NAMES and matches its key",
      wrong: unless(
        missing.length === 0 && pair,
        missing.length ? `missing: ${missing.join(", ")}` : "the key does not match",
      ),
      fix: generated ? "make reload" : "fix TLS_CERT_FILE, TLS_KEY_FILE or SERVER_NAMES, then make reload",
    };
  },
  ({ refusal }) => ({
    what: "a start accepts the certificate, and the project's clients verify it",
    wrong: refusal,
    fix: "make start-project reports the same error",
  }),
];
