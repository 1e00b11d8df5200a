// Shadows: a sample of live requests is also asked of another version, and the answers are compared.
import { readRoutes, workersOf } from "../../gateway/routes.ts";
import { newKey } from "../../workers/runtime/shadow/contract.ts";
import { candidateVersion, type Shadow } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { candidate, impurity, type Read, readDocument, refuseOtherPaths } from "./candidate.ts";
import { endOver, repair } from "./record.ts";
import { adopt, chosen, live, type Release, workerNames } from "./release.ts";
import { endLost, recordedShadow, wantedOf } from "./replace.ts";
import { foundSoFar, printReport, untilNow } from "./shadow-report.ts";
import { localTime, given as shown } from "./text.ts";

const DAY_MS = 86_400_000;
const MAX_KEPT = 100;

/** As given to make; empty: as it is, or the default. */
export interface Given {
  from: string;
  to: string;
  sample: string;
  route: string;
  noise: string;
  keep: string;
}

export function supported({ runtime }: Release) {
  const { beside, shadowReport } = runtime;
  if (!beside || !shadowReport) throw new UserError("shadows need native mode or Compose");
  return { beside, shadowReport };
}

/** "10%" or "0.25%", at most two decimals. @throws UserError */
export function percent(name: string, text: string): number {
  const [, digits = ""] = /^(\d{1,3}(?:\.\d{1,2})?)%?$/.exec(text.trim()) ?? [];
  const value = Number(digits || Number.NaN);
  if (value <= 100) return value;
  throw new UserError(`${name} must be a share from 0% to 100% such as 10% or 0.25%, not ${shown(text)}`);
}

function pairsKept(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= MAX_KEPT) return value;
  throw new UserError(`KEEP must be a number of pairs from 0 to ${MAX_KEPT}, not ${shown(text)}`);
}

/** The path of ROUTE as the gateway logs it; undefined for all of the worker. @throws UserError */
function pathOf(from: string, route: string): string | undefined {
  const paths = readRoutes()
    .filter((one) => workersOf(one).includes(from))
    .flatMap((one) => one.paths.map(({ path }) => path));
  if (paths.length === 0) throw new UserError(`no route in gateway/routes has the worker ${from}`);
  if (route === "") return undefined;
  const path = route.replace(/\/\*$/, "");
  if (paths.includes(path)) return path;
  throw new UserError(`${from} has no route ${shown(route)}; it has ${[...new Set(paths)].join(", ")}`);
}

export function shadowOf(release: Release, given: Given, before: Shadow | undefined): Shadow {
  const { from, to, sample, route, noise, keep } = given;
  const events = release.history.events();
  if (from === "" && to === "" && !before)
    throw new UserError("there is no shadow to change: make shadow FROM=… TO=…");
  const isChange = to === "" && before !== undefined && (from === "" || from === before.from);
  const other = isChange ? before : candidate(release, to, events);
  const isSame = before?.to === other.to && before.preview === other.preview;
  const named = from || (isSame ? before.from : other.preview ? other.to : "");
  if (named === "")
    throw new UserError("FROM must be the worker whose live requests are sampled: make shadow FROM=… TO=…");
  const [stable = ""] = chosen(release, named);
  // Options are those of one shadow: another one begins with the defaults.
  const old = isSame && before.from === stable ? before : undefined;
  const path = pathOf(stable, route === "/*" ? "" : route || (old?.path ?? ""));
  return {
    from: stable,
    to: other.to,
    ...(other.preview !== undefined && { preview: other.preview }),
    percent: sample === "" ? (old?.percent ?? 10) : percent("SAMPLE", sample),
    ...(path !== undefined && { path }),
    noise: noise === "" ? (old?.noise ?? 0.1) : percent("NOISE", noise) / 100,
    keep: keep === "" ? (old?.keep ?? 0) : pairsKept(keep),
    keepUntil: keep === "" ? (old?.keepUntil ?? 0) : Date.now() + DAY_MS,
    key: old?.key ?? newKey(),
  };
}

/** Starts a shadow, or changes the one that runs. */
export async function shadow(release: Release, given: Given, read: Read = readDocument): Promise<void> {
  const { beside } = supported(release);
  endOver(release);
  adopt(release);
  const versions = await live(release, workerNames(release));
  const wanted = wantedOf(release, versions);
  endLost(release, wanted);
  await repair(release, wanted);
  const before = wanted.shadow;
  const next = shadowOf(release, given, before);
  const reason = await impurity(next, read);
  if (reason) throw new UserError(reason);
  await refuseOtherPaths(next, read);
  const found = await foundSoFar(release);
  release.history.setShadow(next);
  try {
    await beside({ ...wanted, shadow: next });
  } catch (error) {
    release.history.setShadow(before);
    // It has ended what ran.
    if (before)
      await beside({ ...wanted, shadow: before }).catch(() => {
        release.history.setShadow(undefined);
        console.log(`the shadow of ${before.from} has ended`);
      });
    throw error;
  }
  const what = next.path === undefined ? "its requests" : `its requests to ${next.path}`;
  const asked = `${next.preview ? "the preview of " : ""}${next.to} (${candidateVersion(wanted, next)})`;
  console.log(`shadow of ${next.from}: ${next.percent} % of ${what} are also asked of ${asked}`);
  const isAnew =
    before && (["key", "noise", "keep", "keepUntil"] as const).some((one) => before[one] !== next[one]);
  if (isAnew)
    console.log(
      `the counts of the shadow of ${before.from} ${before.key === next.key ? "begin again" : "have ended"}${untilNow(found)}`,
    );
  if (next.keep > 0 && next.keepUntil > Date.now())
    console.log(
      `the ${next.keep} most different pairs of the last hour are kept in memory, until ${localTime(next.keepUntil)}; make shadow-report shows them`,
    );
  console.log("report: make shadow-report; end: make shadow-stop");
}

/** What the shadow found so far. It changes nothing, so it needs no lock. */
export async function reportShadow(release: Release, json: boolean): Promise<void> {
  const { shadowReport } = supported(release);
  const shadow = recordedShadow(release);
  if (!shadow) throw new UserError("there is no shadow: make shadow FROM=… TO=…");
  const wanted = wantedOf(release, await live(release, workerNames(release)));
  if (!candidateVersion(wanted, shadow))
    throw new UserError(
      `the shadow of ${shadow.from} has ended: ${shadow.preview ? `the preview ${shadow.preview} of ` : ""}${shadow.to} does not run any more`,
    );
  await printReport(shadow, shadowReport, json);
}

export async function endShadow(release: Release): Promise<void> {
  const { beside } = supported(release);
  const before = release.history.shadow();
  const found = await foundSoFar(release);
  const wanted = wantedOf(release, await live(release, workerNames(release)));
  release.history.setShadow(undefined);
  const { shadow: _, ...others } = wanted;
  await beside(others);
  if (!before) throw new UserError("there is no shadow");
  console.log(`the shadow of ${before.from} is ended${untilNow(found)}`);
}
