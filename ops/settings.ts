// Prints the settings in force as shell assignments: eval "$(bun ops/settings.ts)"
import { settings } from "./lib/compose.ts";
import { main } from "./lib/fail.ts";
import { validateSettings } from "./lib/validate.ts";

await main(() => {
  validateSettings();
  for (const [name, value] of Object.entries(settings)) {
    console.log(`${name}='${value.replaceAll("'", "'\\''")}'`);
  }
});
