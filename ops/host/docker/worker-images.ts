// The images of workers: each version is kept as fortress/NAME:VERSION, the image name of compose.yaml with another tag.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BuildError, bundle } from "../../../workers/build/build.ts";
import { UserError } from "../../settings/fail.ts";
import { ROOT, workers } from "../../settings/project.ts";
import { mustRun, run } from "../run.ts";
import type { Stored, Versions } from "../versions.ts";
import { type Config, config } from "./engine.ts";
import { build, buildTargets, inspectImage, target } from "./images.ts";

/** The label with the version; a container has the labels of its image. */
export const VERSION_LABEL = "org.opencontainers.image.version";
const VERSION = /^[0-9a-f]{12}$/;

/** Of a worker's image, what the version does not cover: the files beside the worker. The label has their digest. */
const BESIDE = ["workers/build"];
const BESIDE_LABEL = "fortress.beside-worker";

/** The image of a worker in compose.yaml without its tag. */
function repository({ services }: Config, worker: string): string {
  return (services[worker]?.image ?? "").replace(/:[^:/]+$/, "");
}

export function versionImage(model: Config, worker: string, version: string): string {
  return `${repository(model, worker)}:${version}`;
}

export function missingImage(worker: string, version: string): UserError {
  const hint = `make versions NAME=${worker} lists those that are kept`;
  return new UserError(`${worker}: there is no image of version ${version}: ${hint}`);
}

/** The version of each worker that its sources say now. */
async function sourceVersions(names: string[]): Promise<Versions> {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  try {
    const bundles = await bundle(ROOT, names, folder);
    return Object.fromEntries(bundles.map(({ name, version }) => [name, version]));
  } catch (error) {
    throw error instanceof BuildError ? new UserError(error.message) : error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The version that workers/build/image.ts wrote into an image, which may have no shell. */
function versionInside(image: string): string {
  const folder = mkdtempSync(join(tmpdir(), "version-"));
  const container = mustRun(["docker", "create", image]);
  try {
    mustRun(["docker", "cp", `${container}:/version`, join(folder, "version")]);
    return readFileSync(join(folder, "version"), "utf8").trim();
  } finally {
    run(["docker", "rm", "--force", container]);
    rmSync(folder, { recursive: true });
  }
}

/** Builds the images of these workers that are not kept. @throws UserError when the host and an image disagree on a version. */
export async function buildWorkers(names: string[]): Promise<Versions> {
  const versions = await sourceVersions(names);
  const model = config();
  const kept = names.flatMap((worker) => {
    const { [worker]: version = "" } = versions;
    const section = model.services[worker]?.build;
    if (!section) return [];
    const own = { ...section, args: { ...section.args, VERSION: version } };
    const made = target(worker, versionImage(model, worker, version), own, BESIDE);
    return [{ ...made, labels: { [BESIDE_LABEL]: made.madeOf } }];
  });
  // Under another tag until they are checked: a command may be killed between.
  const unchecked = (worker: string) => versionImage(model, worker, "unchecked");
  const targets = kept.filter(
    ({ image, madeOf }) => inspectImage(image)?.Config.Labels?.[BESIDE_LABEL] !== madeOf,
  );
  buildTargets(targets.map((each) => ({ ...each, image: unchecked(each.service) })));
  for (const { service, image } of targets) {
    const inside = versionInside(unchecked(service));
    if (inside === versions[service]) mustRun(["docker", "tag", unchecked(service), image]);
    run(["docker", "image", "rm", unchecked(service)]);
    if (inside !== versions[service])
      throw new UserError(
        `${service}: this machine builds version ${versions[service]}, its image has ${inside}: bun install, and the Bun of workers/Dockerfile (here ${Bun.version})`,
      );
  }
  return versions;
}

/** Builds the outdated images of the gateway and of the other services that are no workers. */
export function buildOthers(): void {
  const names = workers().map(({ name }) => name);
  build(Object.keys(config().services).filter((service) => !names.includes(service)));
}

/** The kept versions of the workers of compose.yaml. */
export function stored(): Stored[] {
  const model = config();
  return workers().flatMap(({ name: worker }) => {
    const list = run(["docker", "image", "ls", "--format", "{{.Tag}}", repository(model, worker)]);
    return list.stdout.split("\n").flatMap((version) => {
      if (!VERSION.test(version)) return [];
      const image = inspectImage(versionImage(model, worker, version));
      const known = image?.Config.Labels?.[VERSION_LABEL] === version; // not a tag by hand, such as a date
      return image && known ? [{ worker, version, bytes: image.Size }] : [];
    });
  });
}

/** Removes the image of a version, unless a container has it. */
export function discard(worker: string, version: string): void {
  const image = versionImage(config(), worker, version);
  const id = inspectImage(image)?.Id;
  if (!id || mustRun(["docker", "ps", "--all", "--quiet", "--filter", `ancestor=${id}`])) return;
  mustRun(["docker", "image", "rm", image]);
}
