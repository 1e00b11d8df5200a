// Lets the running gateway read templates, settings, certificate and passwords again; drops no request.
import { ensureGatewayUser, refuseGuessable } from "../../gateway/passwords.ts";
import { prepareCertificate } from "../host/certificate.ts";
import { exclusively, PROJECT, USERS } from "../host/lock.ts";
import { main, UserError } from "../settings/fail.ts";
import { validateSettings } from "../settings/validate.ts";
import { forgetVerified, reloadGateway, renderGateway } from "./gateway.ts";
import { renderMonitoring } from "./monitoring.ts";
import { running } from "./pm2.ts";
import { checkPorts, heldPorts, holdPorts, wantedPorts } from "./ports.ts";
import { replicas } from "./replicas.ts";

export function reload(): Promise<void> {
  return exclusively(PROJECT, reloadAlone);
}

async function reloadAlone(): Promise<void> {
  validateSettings();
  if (!running().some(({ name }) => name === "gateway"))
    throw new UserError("not running: make start-project");
  const [wanted, held] = [wantedPorts(replicas()), heldPorts()];
  if (held) await checkPorts(wanted, held); // nginx would go on with the old ones, and say so in its log alone
  prepareCertificate();
  await ensureGatewayUser();
  await refuseGuessable();
  if (held) holdPorts(wanted, held);
  await exclusively(USERS, () => renderGateway(replicas())); // it publishes the users
  renderMonitoring(replicas()); // a changed GATEWAY_PASSWORD is Alertmanager's too
  reloadGateway();
  await forgetVerified();
}

if (import.meta.main) {
  await main(async () => {
    await reload();
    console.log("gateway reloaded; every password is checked anew");
  });
}
