import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { type Check, unless } from "./finding.ts";

const WARN_DAYS = 30;
const DAY_MS = 86_400_000;

export const certificates: Check[] = [
  ({ certificate, now }) => {
    const mend = "make gen-certs, or put your own in gateway/certs; then make reload";
    if (!certificate) return { what: "the certificate", wrong: "there is none", mend: "make start-project" };
    const { validFrom, validTo } = new X509Certificate(certificate);
    const days = Math.floor((Date.parse(validTo) - now) / DAY_MS);
    const begun = Date.parse(validFrom) <= now;
    return {
      what: `the certificate is good for ${WARN_DAYS} days and more`,
      wrong: unless(begun && days >= WARN_DAYS, begun ? `${days} days left` : `only from ${validFrom}`),
      mend,
    };
  },
  ({ certificate, key, settings }) => {
    const names = (settings["SERVER_NAMES"] ?? "").split(" ").filter(Boolean);
    const parsed = certificate ? new X509Certificate(certificate) : undefined;
    const missing = names.filter((name) => !(isIP(name) ? parsed?.checkIP(name) : parsed?.checkHost(name)));
    const pair = Boolean(parsed && key && parsed.checkPrivateKey(createPrivateKey(key)));
    return {
      what: "the certificate names every host of SERVER_NAMES and fits its key",
      wrong: unless(
        missing.length === 0 && pair,
        missing.length ? `missing: ${missing.join(", ")}` : "another key",
      ),
      mend: "make gen-certs, then make reload",
    };
  },
];
