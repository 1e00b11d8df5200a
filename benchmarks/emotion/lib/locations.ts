import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fill } from "../../../gateway/render.ts";
import { GATEWAY_DIR } from "../../../ops/native/paths.ts";
import { UserError } from "../../../ops/settings/fail.ts";
import { setting } from "../../../ops/settings/project.ts";

const SHIPPED = "/predict";

/** Changes of the directives: a text that must be there, and what replaces it. */
export type Change = [from: RegExp, to: string];

export const WITHOUT = {
  authentication: [/^ +include snippets\/auth\.conf;\n/m, ""],
  "the gateway's access log": [/^\}/m, "    access_log off;\n}"],
  "the rate limit": [/^ +limit_req .*;\n/m, ""],
} satisfies Record<string, Change>;

/** The directive that chooses the servers. */
export const toUpstream = (name: string): Change => [/^ +set \$worker .*;$/m, `    set $worker ${name};`];

/** v1's location, which the gateway has, of POST /predict at another path, with these changes. */
export function likeV1(path: string, ...changes: Change[]): string {
  const file = readFileSync(join(GATEWAY_DIR, "workers/predict.conf"), "utf8");
  const start = file.indexOf(`location = ${SHIPPED} {\n`);
  const location = file.slice(start, file.indexOf("\n}\n", start) + 3);
  const all: Change[] = [
    [/^location = .* \{$/m, `location = ${path} {`],
    [/^\}/m, `    rewrite ^ ${SHIPPED} break;\n}`],
    ...changes,
  ];
  return all.reduce((text, [from, to]) => {
    if (!from.test(text)) throw new UserError(`the gateway's location of ${SHIPPED} has no ${from}`);
    return text.replace(from, () => to);
  }, location);
}

function apr1File(): string {
  const path = join(GATEWAY_DIR, "bench.htpasswd");
  const { stdout } = Bun.spawnSync(["openssl", "passwd", "-apr1", "-stdin"], {
    stdin: Buffer.from(setting("GATEWAY_PASSWORD")),
  });
  writeFileSync(path, `${setting("GATEWAY_USER")}:${stdout.toString().trim()}\n`);
  chmodSync(path, 0o644); // nginx's worker processes read it
  return path;
}

/** The locations of the other servers. */
export function unlikeV1(): string {
  const template = readFileSync(join(import.meta.dir, "../gateway/routes.conf.template"), "utf8");
  return fill(template, { APR1_FILE: apr1File() });
}
