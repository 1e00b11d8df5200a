import { expect, test } from "bun:test";
import { CHECKS } from "./checks.ts";
import { duration, type Facts, gather, namesSecret } from "./facts.ts";

const own = await gather();

function pair(days: number, san: string): Pick<Facts, "certificate" | "key"> {
  const make = `umask 077; d=$(mktemp -d); openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
    -days ${days} -subj /CN=x -addext subjectAltName=${san} -keyout $d/k -out $d/c 2>/dev/null; cat $d/c $d/k; rm -r $d`;
  const pem = Bun.spawnSync(["sh", "-c", make]).stdout.toString();
  const at = pem.indexOf("-----BEGIN PRIVATE");
  return { certificate: pem.slice(0, at), key: pem.slice(at) };
}

/** The project's own facts with a test certificate. */
const good: Facts = {
  ...own,
  ...pair(90, "DNS:localhost,IP:127.0.0.1"),
  generated: true,
  refusal: undefined,
  settings: { ...own.settings, SERVER_NAMES: "localhost 127.0.0.1", BIND_ADDRESS: "127.0.0.1" },
  hashes: { a: "$2b$10$x" },
  guessable: [],
  modes: { a: 0o600 },
  folders: { a: 0o711 },
  maintenance: undefined,
};

function wrong(change: (facts: Facts) => Facts): string[] {
  const facts = { ...change(good), now: Date.now() }; // after the certificate was made
  return CHECKS.map((check) => check(facts))
    .filter(({ wrong: text }) => text)
    .map(({ what, wrong: text }) => `${what}: ${text}`);
}

test("the project's own settings pass every check", () => expect(wrong((facts) => facts)).toEqual([]));

const cases: [string, RegExp, (facts: Facts) => Facts][] = [
  ["maintenance", /clients are answered: all get 503/, (f) => ({ ...f, maintenance: "all get 503" })],
  [
    "an idle timeout below the keep-alive",
    /idle connections.*60 s, worker 50 s/,
    (f) => ({ ...f, seconds: { ...f.seconds, workerIdle: 50 } }),
  ],
  [
    "a timeout that cannot be read",
    /idle connections/,
    (f) => ({ ...f, seconds: { ...f.seconds, upstreamKeepalive: Number.NaN } }),
  ],
  [
    "a drain delay shorter than the DNS cache",
    /longer than the gateway caches/,
    (f) => ({ ...f, seconds: { ...f.seconds, drainDelay: 1 } }),
  ],
  [
    "a worker grace shorter than its drain",
    /kills it/,
    (f) => ({ ...f, seconds: { ...f.seconds, workerGrace: 5 } }),
  ],
  [
    "a gateway grace shorter than its shutdown timeout",
    /in progress/,
    (f) => ({ ...f, seconds: { ...f.seconds, gatewayGrace: 10 } }),
  ],
  ["an apr1 hash", /bcrypt.*old/, (f) => ({ ...f, hashes: { old: "$apr1$a$b" } })],
  ["a bcrypt of cost 4", /bcrypt.*low/, (f) => ({ ...f, hashes: { low: "$2b$04$x" } })],
  [
    "a demo password on a public address",
    /guessable.*0\.0\.0\.0: demo/,
    (f) => ({
      ...f,
      guessable: ["demo"],
      settings: { ...f.settings, BIND_ADDRESS: "0.0.0.0", GATEWAY_PASSWORD: "long enough for it" },
    }),
  ],
  ["a secret others can read", /only by their owner: a is 644/, (f) => ({ ...f, modes: { a: 0o644 } })],
  ["a run folder that others can list", /run folders.*: a is 755/, (f) => ({ ...f, folders: { a: 0o755 } })],
  ["a run folder that others can write", /run folders.*: a is 730/, (f) => ({ ...f, folders: { a: 0o730 } })],
  [
    "a certificate that a start refuses",
    /a start accepts.*expired on/,
    (f) => ({ ...f, refusal: "TLS_CERT_FILE: x expired on 1 Jan" }),
  ],
  ["a file that is no certificate", /missing or unreadable/, (f) => ({ ...f, certificate: "hello" })],
  ["a file that is no key", /the key does not match/, (f) => ({ ...f, key: "hello" })],
  [
    "the user's certificate without a public name",
    /missing: api\.example\.org$/m,
    (f) => ({
      ...f,
      ...pair(90, "DNS:www.example.org"),
      generated: false,
      settings: { ...f.settings, SERVER_NAMES: "localhost www.example.org api.example.org" },
    }),
  ],
  ["no certificate", /missing or unreadable/, (f) => ({ ...f, certificate: undefined })],
  [
    "a certificate near expiry",
    /20 days left|19 days left/,
    (f) => ({ ...f, ...pair(20, "DNS:localhost,IP:127.0.0.1") }),
  ],
  [
    "a certificate without a host's name",
    /missing: 127\.0\.0\.1/,
    (f) => ({ ...f, ...pair(90, "DNS:localhost") }),
  ],
  [
    "the key of another certificate",
    /the key does not match/,
    (f) => ({ ...f, key: pair(90, "DNS:localhost").key }),
  ],
  [
    "a metrics port on all addresses",
    /prometheus on 9090:9090/,
    (f) => ({ ...f, published: { prometheus: ["9090:9090"] } }),
  ],
  [
    "an nginx image with known vulnerabilities",
    /nginx 1\.29\.0/,
    (f) => ({ ...f, versions: { ...f.versions, nginxImage: "1.29.0" } }),
  ],
  [
    "a retracted exporter",
    /retracted/,
    (f) => ({ ...f, versions: { ...f.versions, exporterImage: "1.5.2" } }),
  ],
  ...(["nginxImage", "exporterImage", "nginx"] as const).map(
    (part): [string, RegExp, (facts: Facts) => Facts] => [
      `an unreadable version: ${part}`,
      /known vulnerabilities: .*, version unreadable/,
      (f) => ({ ...f, versions: { ...f.versions, nginxFromDebian: false, [part]: "" } }),
    ],
  ),
];
for (const [name, pattern, change] of cases) {
  test(name, () => expect(wrong(change).join("\n")).toMatch(pattern));
}

test("durations are read as nginx and Compose write them", () => {
  expect([duration("20s"), duration("300ms"), duration("2m")]).toEqual([20, 0.3, 120]);
  expect(duration("soon")).toBeNaN();
});

test("a .env with a variable for a password, secret, token or key names a secret", () => {
  for (const env of ["GATEWAY_PASSWORD=x", "API_SECRET=x", "export HUB_TOKEN='x'", "OPENAI_API_KEY=x"])
    expect(namesSecret(env)).toBe(true);
  for (const env of [
    "RUNTIME=native",
    "TLS_KEY_FILE=a.key",
    "GATEWAY_PASSWORD=",
    "#GATEWAY_PASSWORD=x",
    undefined,
  ])
    expect(namesSecret(env)).toBe(false);
});
