// Shadows: a sample of live requests is also asked of another version, and the answers are compared.
import { readRoutes, workersOf } from "../../gateway/routes.ts";
import { basicAuth, fetchGateway, gatewayUrl } from "../host/gateway-client.ts";
import { randomText } from "../host/state.ts";
import { previewName, type Shadow, shadowedVersion, type Wanted } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { setting } from "../settings/project.ts";
import { type Event, openPreviews } from "./events.ts";
import { endOver, repair } from "./record.ts";
import { adopt, chosen, live, type Release, workerNames } from "./release.ts";
import { recordedShadow, wantedOf } from "./replace.ts";
import { printReport } from "./shadow-report.ts";

const DAY_MS = 86_400_000;
const MAX_KEPT = 100;
const PREFIX = /^[0-9a-f]{6,12}$/;

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
  throw new UserError(`${name} must be a share from 0% to 100% such as 10% or 0.25%, not "${text}"`);
}

function pairsKept(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= MAX_KEPT) return value;
  throw new UserError(`KEEP must be a number of pairs from 0 to ${MAX_KEPT}, not "${text}"`);
}

/** What TO names: a worker, or the version of a preview. @throws UserError */
function candidate(release: Release, to: string, events: readonly Event[]): Pick<Shadow, "to" | "preview"> {
  if (workerNames(release).includes(to)) return { to };
  const previews = openPreviews(events);
  const found = PREFIX.test(to) ? previews.filter(({ version }) => version.startsWith(to)) : [];
  const [one, ...others] = found;
  if (one && others.every(({ worker }) => worker === one.worker))
    return { to: one.worker, preview: one.version };
  const known = [
    ...workerNames(release),
    ...previews.map(({ worker, version }) => `${version} (preview of ${worker})`),
  ];
  throw new UserError(
    `TO must be a worker or the version of a preview, ${to === "" ? "for example" : `not "${to}":`} ${known.join(", ")}`,
  );
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
  throw new UserError(`${from} has no route "${route}"; it has ${[...new Set(paths)].join(", ")}`);
}

/** Whether the requests of a worker or preview may be asked again. */
type IsPure = (name: string) => Promise<boolean>;

/** As its own document says. */
async function documentedAsPure(name: string): Promise<boolean> {
  const authorization = basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD"));
  const answer = await fetchGateway(`${gatewayUrl()}/openapi/${name}.json`, {
    headers: { authorization },
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok)
    throw new UserError(`the document of ${name} cannot be read: the gateway answers ${answer.status}`);
  const { info } = (await answer.json()) as { info?: { "x-pure"?: boolean } };
  return info?.["x-pure"] === true;
}

async function refuseImpure({ from, to, preview }: Shadow, isPure: IsPure): Promise<void> {
  for (const [name, worker] of [
    [from, from],
    [preview ? previewName(to) : to, to],
  ] as const)
    if (!(await isPure(name)))
      throw new UserError(
        `${name} is not declared pure, so its requests may not be asked again: if no answer changes anything, write pure: true beside the description in workers/${worker}.ts, then make deploy`,
      );
}

/** The shadow that runs, if its versions do. */
export function present(release: Release, wanted: Wanted): Shadow | undefined {
  const shadow = recordedShadow(release);
  return shadow && shadowedVersion(wanted, shadow) ? shadow : undefined;
}

function shadowOf(release: Release, given: Given, before: Shadow | undefined): Shadow {
  const { from, to, sample, route, noise, keep } = given;
  const events = release.history.events();
  const other = to === "" && before ? before : candidate(release, to, events);
  const [stable = ""] = chosen(release, from || before?.from || (other.preview ? other.to : ""));
  if (from === "" && !before && !other.preview)
    throw new UserError("FROM must be the worker whose live requests are sampled: make shadow FROM=… TO=…");
  const same = before?.from === stable && before.to === other.to && before.preview === other.preview;
  const known = same ? before : undefined;
  const path = route === "" && known ? known.path : pathOf(stable, route === "/*" ? "" : route);
  if (route === "") pathOf(stable, "");
  return {
    from: stable,
    to: other.to,
    ...(other.preview !== undefined && { preview: other.preview }),
    percent: sample === "" ? (known?.percent ?? 10) : percent("SAMPLE", sample),
    ...(path !== undefined && { path }),
    noise: noise === "" ? (known?.noise ?? 0.1) : percent("NOISE", noise) / 100,
    keep: keep === "" ? (known?.keep ?? 0) : pairsKept(keep),
    keepUntil: keep === "" ? (known?.keepUntil ?? 0) : Date.now() + DAY_MS,
    key: known?.key ?? randomText(),
  };
}

/** Starts a shadow, or changes the one that runs. */
export async function shadow(
  release: Release,
  given: Given,
  isPure: IsPure = documentedAsPure,
): Promise<void> {
  const { beside } = supported(release);
  endOver(release);
  adopt(release);
  const versions = await live(release, workerNames(release));
  const wanted = wantedOf(release, versions);
  await repair(release, wanted);
  const before = present(release, wanted);
  const next = shadowOf(release, given, before);
  await refuseImpure(next, isPure);
  release.history.setShadow(next);
  try {
    await beside({ ...wanted, shadow: next });
  } catch (error) {
    release.history.setShadow(before);
    throw error;
  }
  const what = next.path === undefined ? "its requests" : `its requests to ${next.path}`;
  const asked = `${next.preview ? "the preview of " : ""}${next.to} (${shadowedVersion(wanted, next)})`;
  console.log(`shadow of ${next.from}: ${next.percent} % of ${what} are also asked of ${asked}`);
  if (next.keep > 0)
    console.log(
      `the ${next.keep} most different pairs of the last hour are kept in memory, for a day; make shadow-report shows them`,
    );
  console.log("report: make shadow-report; end: make shadow-stop");
}

/** What the shadow found so far. It changes nothing, so it needs no lock. */
export async function reportShadow(release: Release, json: boolean): Promise<void> {
  const { shadowReport } = supported(release);
  const shadow = recordedShadow(release);
  if (!shadow) throw new UserError("there is no shadow: make shadow FROM=… TO=…");
  await printReport(shadow, shadowReport, json);
}

export async function endShadow(release: Release): Promise<void> {
  const { beside } = supported(release);
  const before = recordedShadow(release);
  const wanted = wantedOf(release, await live(release, workerNames(release)));
  release.history.setShadow(undefined);
  const { shadow: _, ...others } = wanted;
  await beside(others);
  if (!before) throw new UserError("there is no shadow");
  console.log(`the shadow of ${before.from} is ended`);
}
