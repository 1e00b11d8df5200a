// bun preview.ts build WORKER: builds what its source says now and prints its version.
// bun preview.ts run [WORKER VERSION SECONDS own|live]: exactly this preview runs, with data of its own or the live one; none
// without arguments. Nothing is recorded, so the next start ends it.
import { build, preview, running } from "../../ops/compose/index.ts";
import { main } from "../../ops/settings/fail.ts";

const [verb, worker = "", version = "", seconds = "0", data = "own"] = process.argv.slice(2);
await main(async () => {
  if (verb === "build") {
    const built = await build([worker]);
    console.log(built[worker]);
    return;
  }
  const live = running().filter((one) => !one.preview);
  const until = Date.now() + Number(seconds) * 1000;
  await preview({
    versions: Object.fromEntries(live.map((one) => [one.worker, one.version])),
    previews: worker ? { [worker]: { version, until, sharesData: data === "live" } } : {},
  });
});
