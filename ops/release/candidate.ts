// The candidate of a shadow or a canary: what TO names, and whether it may be asked what the live version is asked.
import { basicAuth, fetchGateway, gatewayUrl } from "../host/gateway-client.ts";
import { previewName, type Shadow } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { setting } from "../settings/project.ts";
import { type Event, openPreviews } from "./events.ts";
import { type Release, workerNames } from "./release.ts";
import { given as shown } from "./text.ts";

const PREFIX = /^[0-9a-f]{6,12}$/;

/** What TO names: a worker, or the version of a preview. @throws UserError */
export function candidate(
  release: Release,
  to: string,
  events: readonly Event[],
  name = "TO",
): Pick<Shadow, "to" | "preview"> {
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
    `${name} must be a worker or 6 to 12 lower-case digits of the version of a preview, ${to === "" ? "for example" : `not ${shown(to)}:`} ${known.join(", ")}`,
  );
}

/** What the document of a worker or preview says. */
export interface Documented {
  pure: boolean;
  paths: string[];
}
export type Read = (name: string) => Promise<Documented>;

export async function readDocument(name: string): Promise<Documented> {
  const authorization = basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD"));
  const answer = await fetchGateway(`${gatewayUrl()}/openapi/${name}.json`, {
    headers: { authorization },
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok)
    throw new UserError(`the document of ${name} cannot be read: the gateway answers ${answer.status}`);
  const { info, paths } = (await answer.json()) as { info?: { "x-pure"?: boolean }; paths?: object };
  return { pure: info?.["x-pure"] === true, paths: Object.keys(paths ?? {}) };
}

type Sides = Pick<Shadow, "from" | "to" | "preview" | "path">;

const nameOf = ({ to, preview }: Sides) => (preview ? previewName(to) : to);

/** Why a request may not be asked of both; undefined where it may. */
export async function impurity(sides: Sides, read: Read): Promise<string | undefined> {
  const { from, to } = sides;
  for (const [name, worker] of [
    [from, from],
    [nameOf(sides), to],
  ] as const)
    if (!(await read(name)).pure)
      return `${name} is not declared pure, so its requests may not be asked again: if a request changes nothing, write pure: true beside the description in workers/${worker}.ts, then make ${name === worker ? "deploy" : `preview NAME=${worker}`}`;
  return undefined;
}

/** @throws UserError for a candidate without any of the paths. */
export async function refuseOtherPaths(sides: Sides, read: Read): Promise<void> {
  const { from, path } = sides;
  const [stable, other] = [await read(from), await read(nameOf(sides))];
  const asked = stable.paths.filter((one) => !path || one === path || one.startsWith(`${path}/`));
  if (asked.length > 0 && !asked.some((one) => other.paths.includes(one)))
    throw new UserError(`${nameOf(sides)} has none of the paths that it would be asked: ${asked.join(", ")}`);
}
