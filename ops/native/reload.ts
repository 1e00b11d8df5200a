// Lets the running gateway read templates, settings, certificate and passwords again; drops no request.
import { exclusively, USERS } from "../host/lock.ts";
import { prepare } from "../host/prepare.ts";
import { UserError } from "../settings/fail.ts";
import { validateSettings } from "../settings/validate.ts";
import { forgetVerified, reloadGateway, renderGateway } from "./gateway.ts";
import { renderMonitoring } from "./monitoring.ts";
import { running } from "./pm2.ts";
import { checkPorts, heldPorts, holdPorts, wantedPorts } from "./ports.ts";
import { replicas } from "./replicas.ts";

export async function reload(): Promise<void> {
  validateSettings();
  if (!running().some(({ name }) => name === "gateway"))
    throw new UserError("not running: make start-project");
  const [wanted, held] = [wantedPorts(replicas()), heldPorts()];
  if (held) await checkPorts(wanted, held); // nginx would go on with the old ones, and say so in its log alone
  await prepare();
  if (held) holdPorts(wanted, held);
  await exclusively(USERS, () => renderGateway(replicas())); // it publishes the users
  renderMonitoring(replicas()); // a changed GATEWAY_PASSWORD is Alertmanager's too
  reloadGateway();
  await forgetVerified();
}
