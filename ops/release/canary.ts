// Canaries: a growing share of a worker's clients is answered by another version, as long as the evidence is for it.
import { readRoutes } from "../../gateway/routes.ts";
import { shareOf } from "../../workers/runtime/canary/contract.ts";
import { type Canary, candidateVersion, type Wanted } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { keepReport, supported } from "./canary-report.ts";
import { candidate, impurity, type Read, readDocument, refuseOtherPaths } from "./candidate.ts";
import { endOver, repair } from "./record.ts";
import { adopt, chosen, live, type Release, workerNames } from "./release.ts";
import { endLost, wantedOf } from "./replace.ts";
import { percent, shadowOf } from "./shadow.ts";
import { given as shown } from "./text.ts";

/** As given to make; empty: the default. */
export interface Given {
  from: string;
  to: string;
  steps: string;
  time: string;
  onTimeout: string;
  agree: string;
  sample: string;
}

const MOST_STEPS = 10;
const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };
const DAY_MS = 86_400_000;

/** "0,5,25,50,100", with or without "%". @throws UserError */
export function steps(text: string): number[] {
  const all = text.split(",").map((one) => percent("STEPS", one));
  const isAscending = all.every((one, i) => i === 0 || one > (all[i - 1] ?? 0));
  const isShort = all.length <= MOST_STEPS;
  if (isAscending && isShort && all.find((one) => one > 0) === 100)
    throw new UserError("STEPS must have a share before 100: of all clients nothing is left to compare with");
  if (isAscending && isShort && (all.at(-1) ?? 0) > 0) return all;
  throw new UserError(
    `STEPS must be ascending shares, at most ${MOST_STEPS}, such as 0,5,25,50,100, not ${shown(text)}`,
  );
}

/** "90s", "30m" or "2h" in ms. @throws UserError */
export function stepTime(text: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,4})([smh])$/.exec(text) ?? [];
  const ms = Number(digits) * (UNITS[unit] ?? Number.NaN);
  if (ms > 0 && ms <= 7 * DAY_MS) return ms;
  throw new UserError(`STEP_TIME must be a time up to 168h such as 90s, 30m or 2h, not ${shown(text)}`);
}

function onTimeout(text: string): Canary["onTimeout"] {
  if (text === "hold" || text === "rollback") return text;
  throw new UserError(`ON_TIMEOUT must be hold or rollback, not ${shown(text)}`);
}

/** @throws UserError for a worker that no client reaches by default: there is nothing to share. */
export function refuseNoClients(from: string): void {
  if (readRoutes().some(({ worker }) => worker === from)) return;
  throw new UserError(
    `no route in gateway/routes has ${from} as its default worker, so it has no clients to share`,
  );
}

/** The options as given. @throws UserError */
export function optionsOf(given: Omit<Given, "from" | "to">) {
  if (given.sample !== "") percent("SAMPLE", given.sample);
  return {
    steps: steps(given.steps || "0,5,25,50,100"),
    stepMs: stepTime(given.time || "30m"),
    onTimeout: onTimeout(given.onTimeout || "hold"),
    agree: percent("AGREE", given.agree || "95%") / 100,
  };
}

function canaryOf(release: Release, given: Given, wanted: Wanted): Canary {
  const { to, preview } = candidate(release, given.to, release.history.events());
  const named = given.from || (preview ? to : "");
  if (named === "")
    throw new UserError("FROM must be the worker whose clients are shared: make canary FROM=… TO=…");
  const [from = ""] = chosen(release, named);
  refuseNoClients(from);
  const other = { from, to, ...(preview !== undefined && { preview }) };
  return {
    id: crypto.randomUUID(),
    ...other,
    versions: { stable: wanted.versions[from] ?? "", candidate: candidateVersion(wanted, other) ?? "" },
    ...optionsOf(given),
  };
}

/** The canary with a shadow for its step 0; without that step where requests may not be asked twice. @throws UserError */
async function withShadow(
  release: Release,
  canary: Canary,
  { sample }: Given,
  before: Wanted["shadow"],
  read: Read,
): Promise<Pick<Wanted, "shadow" | "canary">> {
  const { from, to, preview } = canary;
  await refuseOtherPaths(canary, read);
  if (canary.steps[0] !== 0) return { canary, ...(before && { shadow: before }) };
  const reason = await impurity(canary, read);
  if (reason) {
    const others = canary.steps.slice(1);
    console.log(`without a shadow, from ${others[0]} % on: ${reason}`);
    return { canary: { ...canary, steps: others }, ...(before && { shadow: before }) };
  }
  if (before && (before.from !== from || before.to !== to || before.preview !== preview))
    throw new UserError(
      `step 0 needs a shadow of ${from}, and that of ${before.from} runs: make shadow-stop ends it; STEPS=5,25,50,100 goes without`,
    );
  const options = { route: "", noise: "", keep: "" };
  const shadow = shadowOf(release, { from, to: preview ?? to, sample, ...options }, before);
  return { shadow, canary: before ? canary : { ...canary, shadow: shadow.key } };
}

/** "canary of NAME (HASH): OTHER (HASH) at 0, 5, 25, 50 and 100 % of its clients" */
function announced({ from, to, preview, versions, steps }: Canary): string {
  const last = steps.at(-1);
  const all = steps.length > 1 ? `${steps.slice(0, -1).join(", ")} and ${last}` : last;
  const other = `${preview ? "the preview of " : ""}${to} (${versions.candidate})`;
  return `canary of ${from} (${versions.stable}): ${other} answers ${all} % of its clients, as long as the evidence is for it`;
}

/** @throws UserError for a canary that is not decided. */
export function refuseRunning(release: Release, before: Canary | undefined): void {
  if (!before || (supported(release).canaryState(before.id)?.outcome ?? "running") !== "running") return;
  throw new UserError(`a canary of ${before.from} runs: make canary-abort ends it`);
}

/** Starts a canary. */
export async function canary(release: Release, given: Given, read: Read = readDocument): Promise<void> {
  const { beside } = supported(release);
  endOver(release);
  adopt(release);
  const before = wantedOf(release, await live(release, workerNames(release)));
  endLost(release, before);
  await repair(release, before);
  refuseRunning(release, before.canary);
  const wanted = withoutCanary(before);
  const parts = await withShadow(release, canaryOf(release, given, wanted), given, wanted.shadow, read);
  const { history } = release;
  history.setShadow(parts.shadow);
  history.setCanary(parts.canary);
  try {
    await beside({ ...wanted, ...parts });
  } catch (error) {
    history.setShadow(wanted.shadow);
    history.setCanary(undefined);
    await beside(wanted).catch(() => undefined); // the first error counts
    throw error;
  }
  if (parts.canary) console.log(announced(parts.canary));
  console.log("status: make canary-status; end: make canary-abort");
}

/** Without its canary, and the shadow that was started for it. */
function withoutCanary({ canary, shadow, ...others }: Wanted): Wanted {
  return { ...others, ...(shadow && shadow.key !== canary?.shadow && { shadow }) };
}

/** Ends the recorded canary and its shadow. `change` makes what is left run; while it does, the record says that it ends. */
export async function ending(
  release: Release,
  wanted: Wanted,
  change: (left: Wanted) => Promise<void>,
): Promise<void> {
  const { history } = release;
  const recorded = history.canary();
  if (recorded && !recorded.ended) keepReport(release, recorded);
  const left = withoutCanary({ ...wanted, ...(recorded && { canary: recorded }) });
  if (recorded) history.setCanary({ ...recorded, ended: true });
  await change(left);
  history.setShadow(left.shadow);
  history.setCanary(undefined);
}

/** Ends the canary: stable answers everybody again. */
export async function endCanary(release: Release): Promise<void> {
  const { beside, canaryState } = supported(release);
  const recorded = release.history.canary();
  const state = recorded && canaryState(recorded.id);
  await ending(release, wantedOf(release, await live(release, workerNames(release))), beside);
  if (!recorded) throw new UserError("there is no canary");
  const share = state ? shareOf(state, recorded.steps) : 0;
  const from = recorded.ended || !state ? "" : ` at ${share} %`;
  console.log(`the canary of ${recorded.from} is ended${from}: ${recorded.from} answers all of its clients`);
}

/** While nothing runs. */
export function forgetCanary({ history }: Release): void {
  const recorded = history.canary();
  if (!recorded) throw new UserError("there is no canary");
  if (history.shadow()?.key === recorded.shadow) history.setShadow(undefined);
  history.setCanary(undefined);
  console.log(`the canary of ${recorded.from} is ended`);
}
