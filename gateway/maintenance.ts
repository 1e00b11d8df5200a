// Maintenance: paths of workers and pages answer 503 with a message. A part of what is published (releases.ts), so that it begins
// and ends with a reload that applies nothing else.
import { map } from "./generated.ts";

export interface Maintenance {
  /** What clients are told: one line of printable characters. */
  message: string;
  /** Addresses and networks (CIDR) of clients that get through. */
  allow: readonly string[];
}

/** Seconds after which clients may try again; a browser does. */
const RETRY_AFTER = 30;

/** Characters that mean nothing to nginx, JSON and HTML; the others are written as escapes. */
const PLAIN = /[\w ,.:;!?()/+*=@#%-]/;
const escaped = (characters: readonly string[], write: (one: string) => string) =>
  characters.map((one) => (PLAIN.test(one) ? one : write(one))).join("");
/** JSON has UTF-16 units, HTML has characters. */
const inJson = (text: string) =>
  escaped(text.split(""), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
const inHtml = (text: string) => escaped([...text], (one) => `&#${one.codePointAt(0)};`);

const page = (message: string) =>
  [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    `<meta http-equiv="refresh" content="${RETRY_AFTER}"><title>Maintenance</title>`,
    '<link rel="icon" href="/assets/icon.svg"><link rel="stylesheet" href="/assets/base.css">',
    `<main><h1>Maintenance</h1><p>${inHtml(message)}</p><p>This page loads again by itself.</p></main></html>`,
  ].join("");

/** maintenance.conf: `$maintenance` is 1 for a client that gets no further; routes/maintenance.conf answers it. */
export function maintenanceConf(maintenance: Maintenance | undefined): string {
  const { message = "", allow = [] } = maintenance ?? {};
  const passes = allow.map((network) => `    ${network} "";\n`).join("");
  return [
    "# Written by gateway/maintenance.ts.",
    `geo $maintenance {\n    default "${maintenance ? 1 : ""}";\n${passes}}`,
    map('""', "$maintenance_detail", `'${inJson(message)}'`),
    map('""', "$maintenance_page", `'${page(message)}'`),
    map('""', "$maintenance_retry_after", String(RETRY_AFTER)),
    "",
  ].join("\n");
}
