// Prints the settings in force as shell assignments: eval "$(bun ops/settings.ts)". With them, how to reach the gateway:
// curl --cacert "$CA_FILE" --connect-to "::$GATEWAY_ADDRESS:" "https://$GATEWAY_NAME:$HTTPS_PORT/livez"
import { caFile } from "./host/certificate.ts";
import { gatewayAddress, gatewayName } from "./host/gateway-client.ts";
import { main } from "./settings/fail.ts";
import { settings } from "./settings/project.ts";
import { validateSettings } from "./settings/validate.ts";

await main(() => {
  validateSettings();
  const client = {
    CA_FILE: caFile(),
    GATEWAY_NAME: gatewayName(),
    GATEWAY_ADDRESS: gatewayAddress(),
  };
  for (const [name, value] of Object.entries({ ...settings, ...client })) {
    console.log(`${name}='${value.replaceAll("'", "'\\''")}'`);
  }
});
