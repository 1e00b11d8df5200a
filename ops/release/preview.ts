// Previews: what the sources say, as one replica beside the live version that only X-Version reaches.
import { relative } from "node:path";
import { readRoutes } from "../../gateway/routes.ts";
import { caFile } from "../host/certificate.ts";
import { basicAuth, fetchGateway, gatewayUrl } from "../host/gateway-client.ts";
import { previewName, type Versions } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT, setting } from "../settings/project.ts";
import { type Change, endOf, openPreviews } from "./events.ts";
import { endOver, recorded, repair } from "./record.ts";
import { adopt, build, chosen, live, type Release, workerNames } from "./release.ts";
import { endLost, wantedOf, withoutLost } from "./replace.ts";
import { removeOld } from "./retention.ts";
import { foundSoFar } from "./shadow-report.ts";
import { localTime } from "./text.ts";

const HOUR_MS = 3_600_000;

function supported({ runtime }: Release) {
  const { beside } = runtime;
  if (!beside) throw new UserError("previews need native mode or Compose");
  return beside;
}

/** An example longer than this is left out of the printed call. */
const EXAMPLE_LENGTH = 1000;
const BODY_FILE = "@body.json";

interface Document {
  paths?: Record<string, { post?: { requestBody?: { content?: Record<string, { example?: unknown }> } } }>;
}

/** The JSON body that the preview's OpenAPI document gives as an example; undefined without one. */
async function example(worker: string, path: string): Promise<string | undefined> {
  try {
    const url = `${gatewayUrl()}/openapi/${previewName(worker)}.json`;
    const authorization = basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD"));
    const init = { headers: { authorization }, signal: AbortSignal.timeout(5000) };
    const { paths } = (await (await fetchGateway(url, init)).json()) as Document;
    const body = paths?.[path]?.post?.requestBody?.content?.["application/json"]?.example;
    const text = body === undefined ? "" : JSON.stringify(body);
    return text && text.length <= EXAMPLE_LENGTH ? text : undefined;
  } catch {
    return undefined;
  }
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** A call of the worker's first path with credentials; curl asks for the password. */
async function call(worker: string, version: string): Promise<string | undefined> {
  const route = readRoutes().find(
    (one) => one.worker === worker || Object.values(one.values ?? {}).includes(worker),
  );
  const path = route?.paths.find((each) => !each.public);
  if (!route || !path) return undefined;
  const value = Object.entries(route.values ?? {}).find(([, name]) => name === worker)?.[0];
  const isRead = path.methods.includes("GET");
  const data = isRead ? undefined : await example(worker, path.path);
  const body = isRead
    ? []
    : ["-H 'Content-Type: application/json'", `-d ${data === undefined ? BODY_FILE : quoted(data)}`];
  const select = route.worker !== worker && value ? [`-H '${route.header}: ${value}'`] : [];
  const headers = [`-H 'X-Version: ${version}'`, ...select, ...body].join(" ");
  const ca = relative(ROOT, caFile());
  return `curl ${ca ? `--cacert ${ca} ` : ""}-u ${setting("GATEWAY_USER")} ${headers} ${gatewayUrl()}${path.path}`;
}

async function print({ workers }: Release, change: Change): Promise<void> {
  const { worker, version, until = 0, sharesData } = change;
  const hasData = workers.some(({ name, data }) => name === worker && data !== undefined);
  const data = hasData ? `, with ${sharesData ? "the live data" : "data of its own"}` : "";
  console.log(`preview of ${worker}: ${version}, until ${localTime(until)}${data}`);
  const line = await call(worker, version);
  console.log(line ? `  ${line}` : "  no path of it needs credentials, so the gateway does not reach it");
  if (line?.includes(`-d ${BODY_FILE} `)) console.log("  (body.json: a request body, in a file of yours)");
}

/** Brings what killed commands left back to what is live. @returns the live versions. */
async function repaired(release: Release): Promise<Versions> {
  const versions = await live(release, workerNames(release));
  await repair(release, wantedOf(release, versions));
  return versions;
}

/** Runs the previews that these changes leave. */
async function change(release: Release, changes: Change[]): Promise<void> {
  const apply = supported(release);
  const wanted = wantedOf(release, await live(release, workerNames(release)));
  const previews = { ...wanted.previews };
  for (const { kind, worker, version, until = 0, sharesData = false } of changes) {
    if (kind === "preview") previews[worker] = { version, until, sharesData };
    else delete previews[worker];
  }
  const next = withoutLost({ ...wanted, previews });
  const found = await foundSoFar(release);
  await recorded(release, changes, async (replacing) => {
    replacing(changes.map(({ worker }) => worker));
    await apply(next);
  });
  endLost(release, next, found);
}

/** @param data "live": with the data folder of the live version. @param given what the sources say, where that is built. */
export async function preview(release: Release, name: string, data: string, given?: Versions): Promise<void> {
  supported(release);
  if (data !== "" && data !== "live") throw new UserError("DATA must be live, or absent for data of its own");
  const names = chosen(release, name);
  endOver(release);
  adopt(release);
  const now = await repaired(release);
  const built = given ?? (await build(release, names));
  const changed = Object.entries(built).filter(([worker, version]) => now[worker] !== version);
  if (changed.length === 0) {
    const versions = names.map((worker) => `${worker} at ${now[worker]}`);
    console.log(`nothing to preview: the sources are what is live (${versions.join(", ")})`);
    return;
  }
  const until = Date.now() + Number(setting("PREVIEW_HOURS")) * HOUR_MS;
  const open = openPreviews(release.history.events());
  const changes = changed.map(
    ([worker, version]): Change => ({
      kind: "preview",
      worker,
      version,
      previous: open.find((each) => each.worker === worker)?.version ?? "",
      until,
      sharesData: data === "live",
    }),
  );
  await change(release, changes);
  for (const each of changes) await print(release, each);
  console.log(`docs: ${gatewayUrl()}/docs; end: make preview-end`);
  removeOld(release);
}

/** Ends the preview of the worker NAME, or all. */
export async function endPreviews(release: Release, name: string): Promise<void> {
  supported(release);
  const names = chosen(release, name);
  const isMeant = ({ worker }: { worker: string }) => name === "" || names.includes(worker);
  const over = endOver(release);
  // A command that was killed leaves a preview without its outcome.
  const killed = release.history
    .events()
    .filter((one) => one.kind === "preview" && !one.outcome && isMeant(one));
  const ran = release.runtime.running().filter((one) => one.preview && isMeant(one));
  await repaired(release);
  const ends = openPreviews(release.history.events()).filter(isMeant);
  if (ends.length + killed.length + ran.length === 0 && !over)
    throw new UserError(name ? `${name} has no preview` : "there is no preview");
  await change(
    release,
    ends.map(({ worker, version }) => endOf(worker, version)),
  );
  const ended = [...ends, ...ran].map(
    ({ worker, version }) => `the preview ${version} of ${worker} is ended`,
  );
  for (const line of new Set(ended)) console.log(line);
}
