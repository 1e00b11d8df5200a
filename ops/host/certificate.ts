// The gateway's certificate: its files, and the checks before a start.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { UserError } from "../settings/fail.ts";
import { ROOT, setting } from "../settings/project.ts";
import { run } from "./run.ts";

/** Written by gateway/make-certs.sh; the default of TLS_CERT_FILE. */
const GENERATED = join(ROOT, "gateway/certs/nginx.crt");
/** The system's CAs on Debian and Arch, on Fedora, on macOS. */
const SYSTEM_CAS = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/cert.pem",
];

/** Absolute paths. Relative paths in the settings start at the project's root. */
export function tlsFiles(): { certificate: string; key: string } {
  const [certificate = "", key = ""] = ["TLS_CERT_FILE", "TLS_KEY_FILE"].map((name) =>
    resolve(ROOT, setting(name)),
  );
  return { certificate, key };
}

/** The first certificate of a PEM file, which is the server's; undefined when it cannot be read. */
export function readCertificate(path = tlsFiles().certificate): X509Certificate | undefined {
  try {
    return new X509Certificate(readFileSync(path));
  } catch {
    return undefined;
  }
}

/** The CA file for clients: TLS_CA_FILE, the certificate itself where it is self-signed, or the system's CAs. */
export function caFile(): string {
  const named = setting("TLS_CA_FILE");
  if (named) return resolve(ROOT, named);
  const { certificate } = tlsFiles();
  const parsed = readCertificate(certificate);
  return !parsed || selfSigned(parsed) ? certificate : systemCa();
}

function systemCa(): string {
  const [first = ""] = SYSTEM_CAS;
  return SYSTEM_CAS.find((path) => existsSync(path)) ?? first;
}

/** Not checkIssued, which requires the right to sign: a server's certificate must not have it. */
function selfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
}

/** The hosts of SERVER_NAMES; a wildcard becomes `www`. */
export function serverNames(text = setting("SERVER_NAMES")): string[] {
  return text
    .split(" ")
    .filter(Boolean)
    .map((name) => name.replace("*", "www"));
}

export function coversHost(certificate: X509Certificate, name: string): boolean {
  return Boolean(isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name));
}

function readable(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError(`${name}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function attempt<T>(make: () => T, message: string): T {
  try {
    return make();
  } catch {
    throw new UserError(message);
  }
}

/** @throws UserError with the file at fault and the reason. */
export function checkCertificate(now = Date.now()): void {
  const { certificate, key } = tlsFiles();
  const pem = readable("TLS_CERT_FILE", certificate);
  const parsed = attempt(
    () => new X509Certificate(pem),
    `TLS_CERT_FILE: ${certificate} holds no certificate (PEM)`,
  );
  const keyPem = readable("TLS_KEY_FILE", key);
  const own = attempt(
    () => createPrivateKey(keyPem),
    `TLS_KEY_FILE: ${key} holds no private key (PEM, without a passphrase)`,
  );
  if (!parsed.checkPrivateKey(own))
    throw new UserError(`TLS_KEY_FILE: ${key} is not the key of ${certificate}`);
  const { validFrom, validTo, subjectAltName = "no name" } = parsed;
  if (Date.parse(validTo) <= now) throw new UserError(`TLS_CERT_FILE: ${certificate} expired on ${validTo}`);
  if (Date.parse(validFrom) > now)
    throw new UserError(`TLS_CERT_FILE: ${certificate} is not valid before ${validFrom}`);
  if (!serverNames().some((name) => coversHost(parsed, name)))
    throw new UserError(
      `TLS_CERT_FILE: ${certificate} is for ${subjectAltName}: add its name to SERVER_NAMES`,
    );
  const ca = caFile();
  readable("TLS_CA_FILE", ca);
  if (!run(["openssl", "verify", "-CAfile", ca, "-untrusted", certificate, certificate]).ok)
    throw new UserError(`TLS_CERT_FILE: ${certificate} is not signed by ${ca}: name its CA in TLS_CA_FILE`);
}

/** Makes or renews the generated certificate where it is in use, and checks the certificate in use. */
export function prepareCertificate(): void {
  const { certificate } = tlsFiles();
  if (certificate === GENERATED) {
    const made = run([join(ROOT, "gateway/make-certs.sh")], {
      env: { SERVER_NAMES: setting("SERVER_NAMES") },
    });
    if (!made.ok) throw new UserError(made.stderr);
    if (made.stdout) console.log(made.stdout);
  }
  checkCertificate();
}

/** For the doctor: the user's own certificate need not cover loopback. */
export function isGenerated(): boolean {
  return tlsFiles().certificate === GENERATED && existsSync(GENERATED);
}
