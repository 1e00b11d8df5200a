// Builds images. One that is there and made of the same files is not built again: even from Docker's cache a build takes
// seconds.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { UserError } from "../../settings/fail.ts";
import { ROOT } from "../../settings/project.ts";
import { run } from "../run.ts";
import { replaceFile } from "../state.ts";
import { type BuildSection, baseImages, composeWith, config } from "./engine.ts";
import { imageError } from "./image-error.ts";

/** The id of each image that was built here, and the digest of what it is made of. */
const BUILT = join(ROOT, ".state/built-images.json");
/** What the files of one command add to compose.yaml. */
const OVERRIDE = join(ROOT, ".state/build.yaml");

/**
 * The environment of `docker compose build`. With attestations, on by default, an engine with the containerd image store
 * gives each build a new id, and every start would replace every container.
 */
const BUILD_ENV = { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" };

export interface Image {
  Id: string;
  Size: number;
  RepoDigests: string[];
  Config: { Labels: Record<string, string> | null };
}

/** @returns undefined for an image that does not exist. */
export function inspectImage(name: string): Image | undefined {
  const { ok, stdout } = run(["docker", "image", "inspect", name]);
  return ok ? (JSON.parse(stdout) as Image[])[0] : undefined;
}

/** One image to build. */
export interface Target {
  service: string;
  image: string;
  build: BuildSection;
  /** Digest of what the image is made of. */
  madeOf: string;
  labels?: Record<string, string>;
}

/** The paths that a Dockerfile copies from its context. */
export function copiedPaths(dockerfile: string): string[] {
  return [...dockerfile.matchAll(/^COPY\s+((?:--\S+\s+)*)(.+)$/gim)].flatMap(([, flags = "", paths = ""]) =>
    flags.includes("--from=") ? [] : paths.trim().split(/\s+/).slice(0, -1),
  );
}

/** The files of a path, without those that .dockerignore leaves out of every image. */
function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.ts$|^README\.md$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");

/** @param paths relative to the build's context; by default those that its Dockerfile copies. */
export function target(service: string, image: string, build: BuildSection, paths?: string[]): Target {
  const { context, args } = build;
  const dockerfile = readFileSync(join(context, build.dockerfile), "utf8");
  const bases = baseImages(dockerfile).map((base) => inspectImage(base)?.Id);
  const files = (paths ?? copiedPaths(dockerfile)).flatMap((path) => filesOf(join(context, path)));
  const contents = files.map((file) => [relative(context, file), sha256(readFileSync(file))]);
  const madeOf = sha256(JSON.stringify([dockerfile, bases, args, relative(ROOT, context), contents]));
  return { service, image, build, madeOf };
}

/** @throws UserError with the error of the build. */
export function buildTargets(targets: Target[]): void {
  if (targets.length === 0) return;
  const services = targets.map(({ service, image, build: { args }, labels = {} }) => [
    service,
    { image, build: { args, labels } },
  ]);
  mkdirSync(dirname(OVERRIDE), { recursive: true });
  writeFileSync(OVERRIDE, JSON.stringify({ services: Object.fromEntries(services) }));
  const names = targets.map(({ service }) => service);
  console.log(`building the images: ${names.join(", ")}`);
  const { ok, stdout, stderr } = run([...composeWith(OVERRIDE), "build", ...names], {
    env: { ...BUILD_ENV, BUILDKIT_PROGRESS: "plain" }, // with --quiet the output of a failed RUN is lost
  });
  rmSync(OVERRIDE);
  if (!ok) throw new UserError(`the images cannot be built: ${imageError(`${stdout}\n${stderr}`)}`);
}

/**
 * Builds the outdated images of these services under their names in compose.yaml. The digest is no label: a build from the
 * cache then has the same id, so a package that only workers import does not replace the gateway.
 */
export function build(services: string[]): void {
  const model = config().services;
  const built = (existsSync(BUILT) ? JSON.parse(readFileSync(BUILT, "utf8")) : {}) as Record<string, Built>;
  const targets = services.flatMap((service) => {
    const { image, build } = model[service] ?? {};
    return image && build ? [target(service, image, build)] : [];
  });
  const now = ({ image, madeOf }: Target): Built => ({ id: inspectImage(image)?.Id ?? "", madeOf });
  const outdated = targets.filter((each) => !Bun.deepEquals(built[each.image], now(each)));
  if (outdated.length === 0) return;
  buildTargets(outdated);
  for (const each of outdated) built[each.image] = now(each);
  replaceFile(BUILT, JSON.stringify(built, null, 2));
}

interface Built {
  id: string;
  madeOf: string;
}
