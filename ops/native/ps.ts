import { main } from "../settings/fail.ts";
import { running } from "./pm2.ts";

await main(() => {
  const list = running();
  if (list.length === 0) console.log("not running: make start-project");
  for (const { name, pid, status } of list)
    console.log(`  ${name.padEnd(18)}${String(pid).padEnd(9)}${status}`);
});
