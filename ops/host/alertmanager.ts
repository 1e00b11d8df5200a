import { readUsers } from "../../gateway/passwords.ts";
import { setting } from "../settings/project.ts";
import { randomText, storedSecret } from "./state.ts";

/** Where alerts are sent. Alertmanager requires a valid URL even for the unused receiver. */
function alertReceiver(url = setting("ALERT_WEBHOOK_URL")): Record<string, string> {
  return url === ""
    ? { ALERT_RECEIVER: "nobody", ALERT_WEBHOOK_URL: "http://localhost/not-set" }
    : { ALERT_RECEIVER: "webhook", ALERT_WEBHOOK_URL: url };
}

/**
 * Prometheus' password for Alertmanager and its hash. Both are stored: a new hash would change the configuration at
 * every start. A random password needs no slow hash.
 */
function prometheusLogin(): { password: string; hash: string } {
  const [password = "", hash = ""] = storedSecret("alertmanager-login", () => {
    const made = randomText();
    return `${made}:${Bun.password.hashSync(made, { algorithm: "bcrypt", cost: 4 })}`;
  }).split(":");
  return { password, hash };
}

export function prometheusPassword(): string {
  return prometheusLogin().password;
}

/** Variables of the templates in monitoring/alertmanager, besides the settings. */
export function alertmanagerVariables(): Record<string, string> {
  return {
    ...alertReceiver(),
    GATEWAY_USER_HASH: readUsers().get(setting("GATEWAY_USER"))?.hash ?? "",
    PROMETHEUS_HASH: prometheusLogin().hash,
  };
}

/** Undefined when Alertmanager answers 401, as it does to every request without a login; otherwise the reason. */
export async function alertmanagerFailure(port = setting("ALERTMANAGER_PORT")): Promise<string | undefined> {
  const url = `http://127.0.0.1:${port}/-/ready`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  if (!answer) return `${url} does not answer`;
  return answer.status === 401 ? undefined : `it answers ${answer.status}`;
}
