// Every setting: read by the start, validation, .env.example, the load tests and the doctor. k6 loads this file, so it
// imports nothing. compose.yaml repeats defaults that Compose needs; table.test.ts compares them.

/** From Bun. k6 has no URL and checks no value. */
declare const URL: { canParse(url: string): boolean };

interface Rule {
  check: Pick<RegExp, "test">;
  /** What `check` accepts, after "NAME must be". */
  expected: string;
}

interface More {
  /** Other users of the machine must not read it. */
  secret?: true;
  /** Where it has an effect; default: everywhere. */
  only?: "native" | "containers" | "swarm";
}

interface Setting<Name extends string = string> extends Rule, More {
  name: Name;
  /** Used where the variable is unset or empty. */
  default: string;
  /** One or two sentences, for .env.example. */
  meaning: string;
}

function row<const Name extends string>(
  name: Name,
  standard: string,
  rule: Rule,
  meaning: string,
  more: More = {},
): Setting<Name> {
  return { name, default: standard, ...rule, meaning, ...more };
}

const mustBe = (expected: string, check: Rule["check"]): Rule => ({ check, expected });

/** Also used for users' variables named `*_PORT`. */
export const port = mustBe("a port from 1 to 65535", {
  test: (value) => /^[1-9]\d{0,4}$/.test(value) && Number(value) <= 65535,
});
export const USER_NAME = /^[A-Za-z0-9._-]{1,64}$/;

const RATE = /^[1-9]\d{0,5}r\/[sm]$/;
const count = mustBe("a whole number from 1", /^[1-9]\d{0,5}$/);
const path = mustBe("a path without spaces and quotes", /^[^\s;{}"'$\\]+$/); // used in nginx's configuration

const HOST = "(?:\\*\\.)?[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*";
const HOSTS = new RegExp(`^ *${HOST}(?: +${HOST})* *$`);
const ESCAPE = "%[0-9A-Fa-f]{2}";
const LOGIN = `(?:[\\w.~!$&()*+,;=:-]|${ESCAPE})*@`;
const WEBHOOK = new RegExp(
  `^https?://(?:${LOGIN})?[^\\s"'\\\\/?#@%{}<>^|\`]+(?:[/?#](?:[^\\s"'\\\\%]|${ESCAPE})*)?$`,
);

/** Stricter than a browser: Alertmanager does not start with a URL that it cannot parse. */
function isWebhook(url: string): boolean {
  return url === "" || (WEBHOOK.test(url) && URL.canParse(url));
}

/** By group, in the order of .env.example. */
export const groups = {
  Runtime: [
    row(
      "RUNTIME",
      "",
      mustBe("native, compose or swarm", /^(native|compose|swarm|)$/),
      "native, compose or swarm. Empty: containers where a Docker engine with Compose v2 answers, otherwise native.",
    ),
  ],
  Gateway: [
    row(
      "BIND_ADDRESS",
      "127.0.0.1",
      mustBe("an IPv4 address such as 127.0.0.1 or 0.0.0.0", /^\d{1,3}(\.\d{1,3}){3}$/),
      "Where the gateway listens. Any address but loopback needs a GATEWAY_PASSWORD of 12 characters or more.",
    ),
    row("HTTPS_PORT", "443", port, "The gateway's port for HTTPS."),
    row("HTTP_PORT", "80", port, "The gateway's port for HTTP, which redirects to HTTPS."),
    row(
      "SERVER_NAMES",
      "localhost 127.0.0.1",
      mustBe("host names separated by spaces", HOSTS),
      "Host names and addresses the gateway answers to, separated by spaces. Any other gets 421.",
    ),
  ],
  Certificate: [
    row(
      "TLS_CERT_FILE",
      "gateway/certs/nginx.crt",
      path,
      "Your own certificate (PEM, with the intermediates); make reload reads it again. The default is a self-signed one for SERVER_NAMES, created at the start and renewed before it expires. Paths are relative to this folder.",
    ),
    row("TLS_KEY_FILE", "gateway/certs/nginx.key", path, "The certificate's private key."),
    row(
      "TLS_CA_FILE",
      "",
      mustBe("a path without spaces and quotes, or empty", /^[^\s;{}"'$\\]*$/),
      "The CA file with which the project's own clients verify the certificate. Needed only if it is neither self-signed nor issued by a CA that this machine trusts.",
    ),
  ],
  Credentials: [
    row(
      "GATEWAY_USER",
      "admin",
      mustBe("1 to 64 of A-Z a-z 0-9 . _ -", USER_NAME),
      "The first user: may call the APIs, administer Grafana, and see and silence alerts.",
    ),
    row(
      "GATEWAY_PASSWORD",
      "admin",
      mustBe("a password", /./), // validate.ts has the other rules
      "The password of GATEWAY_USER: printable characters, up to 72 bytes.",
      { secret: true },
    ),
  ],
  Limits: [
    row(
      "RATE_LIMIT",
      "10r/s",
      mustBe("a rate such as 10r/s or 300r/m", RATE),
      "Requests per client address, per second (r/s) or minute (r/m).",
    ),
    row("RATE_BURST", "5", count, "Requests that may exceed RATE_LIMIT at once."),
    row(
      "RATE_LIMIT_STATUS",
      "503",
      mustBe("503 or 429", /^(503|429)$/),
      "The status of a request over the limit: 503 or 429.",
    ),
    row(
      "CONNECTION_LIMIT",
      "512",
      mustBe("a whole number from 1 to 64999", /^([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3})$/),
      "Concurrent requests per client address.",
    ),
    row(
      "AUTH_RATE",
      "30r/m",
      mustBe("a rate such as 30r/m", RATE),
      "Password checks per client address. A successful check is cached: credentials in use need two checks a minute.",
    ),
    row("AUTH_BURST", "20", count, "Checks that may exceed AUTH_RATE at once."),
  ],
  Releases: [
    row(
      "KEEP_VERSIONS",
      "10",
      mustBe("a whole number from 2 to 999", /^([2-9]|[1-9]\d{1,2})$/),
      "How many versions of each worker are kept to return to. One that is live or previewed is never removed.",
    ),
    row(
      "PREVIEW_HOURS",
      "24",
      mustBe("hours from 0.01 to 168, such as 24 or 0.5", {
        test: (value) => /^\d{1,3}(\.\d{1,4})?$/.test(value) && Number(value) >= 0.01 && Number(value) <= 168,
      }),
      "After how many hours a preview ends.",
    ),
  ],
  "Monitoring, always on loopback": [
    row("PROMETHEUS_PORT", "9090", port, "Prometheus."),
    row("GRAFANA_PORT", "3000", port, "Grafana."),
    row("EXPORTER_PORT", "9113", port, "The nginx exporter."),
    row("ALERTMANAGER_PORT", "9093", port, "Alertmanager."),
    row(
      "ALERT_WEBHOOK_URL",
      "",
      mustBe("an http:// or https:// URL, or empty", { test: isWebhook }),
      "URL to which Alertmanager sends alerts (POST, JSON). Empty: alerts are only shown.",
      { secret: true },
    ),
  ],
  "Ports of native mode, always on loopback": [
    row("WORKER_PORT_BASE", "8100", port, "The first port of the replicas; each worker has twenty ports.", {
      only: "native",
    }),
    row("STATUS_PORT", "8081", port, "nginx's status page.", { only: "native" }),
    row("LOG_EXPORTER_PORT", "3903", port, "The access log exporter.", { only: "native" }),
    row("BLACKBOX_PORT", "9115", port, "The blackbox exporter, which probes the gateway over HTTPS.", {
      only: "native",
    }),
  ],
  Images: [
    row(
      "VERSION",
      "dev",
      mustBe("an image tag: letters, digits and . _ -", /^\w[\w.-]{0,127}$/),
      "The tag of the built images.",
      { only: "containers" },
    ),
  ],
  "Several machines": [
    row(
      "REGISTRY",
      "",
      mustBe("a registry such as registry.example.org:5000, or empty", /^[A-Za-z0-9.:/_-]*$/),
      "The registry for make push.",
      { only: "swarm" },
    ),
    row(
      "STACK_ENCRYPTED",
      "true",
      mustBe("true or false", /^(true|false)$/),
      "Whether traffic between machines is encrypted: true or false.",
      { only: "swarm" },
    ),
  ],
};

export type SettingName = (typeof groups)[keyof typeof groups][number]["name"];

export const table: Setting<SettingName>[] = Object.values(groups).flat();

/** A setting's row; undefined for any other variable. */
export function rowOf(name: string): Setting | undefined {
  return table.find((one) => one.name === name);
}

/** Every setting's value. As with Compose's `${NAME:-default}`, an empty variable means the default. */
export function resolveSettings(
  env: Readonly<Record<string, string | undefined>>,
): Record<SettingName, string> {
  const values = table.map((one): [SettingName, string] => [one.name, env[one.name] || one.default]);
  return Object.fromEntries(values) as Record<SettingName, string>; // fromEntries drops the key type
}
