import { setting } from "./compose.ts";

/** What alertmanager.yml.template is filled with. The receiver nobody uses still needs a valid URL. */
export function alertReceiver(url = setting("ALERT_WEBHOOK_URL")): Record<string, string> {
  return url === ""
    ? { ALERT_RECEIVER: "nobody", ALERT_WEBHOOK_URL: "http://localhost/not-set" }
    : { ALERT_RECEIVER: "webhook", ALERT_WEBHOOK_URL: url };
}
