// make release: a preview of the sources, a shadow, a canary, and all replicas. It may end at any point: the canary goes on by
// itself, and the same command goes on with it.
import type { CanaryState } from "../../workers/runtime/canary/contract.ts";
import type { Canary } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { canary, ending, type Given, optionsOf, refuseNoClients, refuseRunning } from "./canary.ts";
import { keepReport, lines, needed, supported } from "./canary-report.ts";
import type { Read } from "./candidate.ts";
import { changesOf, endOf, liveEvent, openPreviews } from "./events.ts";
import { endPreviews, preview } from "./preview.ts";
import { recorded } from "./record.ts";
import { build, chosen, live, type Release, workerNames } from "./release.ts";
import { recordedCanary, replaceBy, wantedOf } from "./replace.ts";
import { removeOld } from "./retention.ts";
import { localTime, number } from "./text.ts";

const POLL_MS = 1000;
const SAY_MS = 30_000;

/** The canary of a preview of this worker. */
function own(release: Release, worker: string): Canary | undefined {
  const found = recordedCanary(release);
  return found?.from === worker && found.to === worker && found.preview ? found : undefined;
}

/** Builds, previews and starts the canary, unless it runs already. @returns false where the sources are what is live. */
export async function beginRelease(
  release: Release,
  name: string,
  given: Omit<Given, "from" | "to">,
  read?: Read,
): Promise<boolean> {
  supported(release);
  if (name === "")
    throw new UserError(`NAME=worker is missing; workers are ${workerNames(release).join(", ")}`);
  const [worker = ""] = chosen(release, name);
  refuseNoClients(worker);
  optionsOf(given);
  const before = own(release, worker);
  if (!before) refuseRunning(release, recordedCanary(release));
  const built = await build(release, [worker]);
  const version = built[worker] ?? "";
  if (before?.versions.candidate === version) {
    console.log(`the release of ${version} to ${worker} goes on`);
    return true;
  }
  if ((await live(release, [worker]))[worker] === version) {
    console.log(`nothing to release: the sources of ${worker} are what is live (${version})`);
    return false;
  }
  const isPreviewed = openPreviews(release.history.events()).some(
    (one) => one.worker === worker && one.version === version,
  );
  if (!isPreviewed) await preview(release, worker, "", built);
  try {
    await canary(release, { ...given, from: worker, to: version }, read);
  } catch (error) {
    if (!isPreviewed) await endPreviews(release, worker);
    throw error;
  }
  return true;
}

/** One line while nothing is decided. */
function progress(state: CanaryState, share: number): string {
  const needs = needed(state);
  const more = needs === undefined ? "" : `; about ${number(needs)} more requests of the candidate decide it`;
  return `  ${share} %: ${state.verdict?.why ?? "no look yet"}${more}`;
}

function goesOn(): never {
  console.log(
    "\nthe canary goes on: make release follows it again, make canary-status shows it, make canary-abort ends it",
  );
  process.exit(130);
}

/** Prints each decision; returns after the last one, and where another command has ended the canary. */
export async function follow(release: Release): Promise<void> {
  const { canaryState } = supported(release);
  console.log("each step waits for evidence; Ctrl-C leaves it running, and the same command goes on");
  process.once("SIGINT", goesOn);
  const here = recordedCanary(release);
  let [printed, said] = [0, Date.now()];
  while (here && recordedCanary(release)?.id === here.id) {
    const state = canaryState(here.id);
    const news = state?.decisions.filter(({ at }) => at > printed) ?? [];
    for (const { at, line } of news) console.log(`  ${localTime(at)} ${line}`);
    printed = news.at(-1)?.at ?? printed;
    if (news.length > 0) said = Date.now();
    if (state && state.outcome !== "running") break;
    if (state && Date.now() - said > SAY_MS) {
      said = Date.now();
      console.log(progress(state, here.steps[state.step] ?? 0));
    }
    await Bun.sleep(POLL_MS);
  }
  process.off("SIGINT", goesOn);
}

/** The candidate becomes the live version of all replicas. @throws UserError where they cannot run it; stable answers everybody then. */
async function promote(release: Release, canary: Canary): Promise<void> {
  const { from: worker, versions } = canary;
  try {
    await replaceAll(release, canary);
  } catch (error) {
    // It may be live, and only what follows have failed.
    if (liveEvent(release.history.events(), worker)?.version !== versions.candidate)
      await giveUp(release, canary);
    throw error;
  }
}

async function replaceAll(release: Release, canary: Canary): Promise<void> {
  const { from: worker, versions } = canary;
  const { runtime, history } = release;
  keepReport(release, canary);
  const others = await live(
    release,
    workerNames(release).filter((each) => each !== worker),
  );
  const events = history.events();
  const next = { [worker]: versions.candidate };
  const changes = [...changesOf("deploy", events, next, true), ...changesOf("deploy", events, others)];
  await replaceBy(release, { ...others, ...next }, changes, (wanted, replacing) =>
    runtime.deploy(wanted, replacing),
  );
  removeOld(release);
}

/** Ends canary and preview: stable stays as it was. */
async function giveUp(release: Release, { from: worker, versions }: Canary): Promise<void> {
  const { beside } = supported(release);
  const wanted = wantedOf(release, await live(release, workerNames(release)));
  await ending(release, wanted, async (left) => {
    const { [worker]: _, ...previews } = left.previews;
    await recorded(release, [endOf(worker, versions.candidate)], async (replacing) => {
      replacing([worker]);
      await beside({ ...left, previews });
    });
  });
}

/** @throws UserError with the report where the candidate did not pass; stable answers everybody then. */
export async function finishRelease(release: Release, name: string): Promise<void> {
  const here = own(release, name);
  const state = here && supported(release).canaryState(here.id);
  if (!here || !state || state.outcome === "running") {
    const live = liveEvent(release.history.events(), name)?.version;
    throw new UserError(`another command has ended this release; ${name} is at ${live}`);
  }
  const { from, versions } = here;
  if (state.outcome === "passed") {
    await promote(release, here);
    console.log(`released: ${from} is at ${versions.candidate} (was ${versions.stable})`);
    return;
  }
  for (const line of lines(here, state)) console.log(line);
  await giveUp(release, here);
  throw new UserError(
    `${from} stays at ${versions.stable}, and the preview is ended: correct the sources, then make release NAME=${from}`,
  );
}
