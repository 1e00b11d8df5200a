import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectCopy } from "../../tests/lib/project-copy.ts";
import { freePort, killSpawned, ready, spawnWorker } from "../runtime/spawned.ts";
import { carriedFiles } from "./addons.ts";
import { bundle } from "./build.ts";
import { buildError } from "./bundler.ts";
import { compile } from "./compile.ts";

const root = mkdtempSync(join(tmpdir(), "bundle-"));
afterAll(() => {
  killSpawned();
  rmSync(root, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const BROKEN: [string, string, string][] = [
  ["syntax.ts", "export const a = 1;\nexport const b = ;\n", "syntax.ts:2:18: Unexpected ;"],
  [
    "import.ts",
    'import { a } from "./nowhere.ts";\nconsole.log(a);\n',
    'import.ts:1:19: Could not resolve: "./nowhere.ts"',
  ],
];
for (const [file, source, said] of BROKEN) {
  test(`a build error has file, line and column: ${said}`, async () => {
    write(file, source);
    const { logs } = await Bun.build({ entrypoints: [join(root, file)], throw: false });
    expect(buildError(logs, root)).toBe(said);
  });
}

test("the error for a missing source names the file", async () => {
  const { logs } = await Bun.build({ entrypoints: [join(root, "gone.ts")], throw: false });
  expect(buildError(logs, root)).toContain("gone.ts");
});

/** A package in node_modules; the manifest gets its name. */
function install(name: string, manifest: object, files: Record<string, string>): void {
  const folder = `node_modules/${name}`;
  write(`${folder}/package.json`, JSON.stringify({ name, version: "1.0.0", ...manifest }));
  for (const [file, text] of Object.entries({ "index.js": `module.exports = "${name}";`, ...files }))
    write(`${folder}/${file}`, text);
}

async function bundleOf(name: string, ...packages: string[]) {
  const imports = packages.map((path, i) => `import p${i} from "${path}";\nconsole.log(p${i});\n`);
  write(`workers/${name}.ts`, imports.join(""));
  const [built] = await bundle(root, [name], join(root, "out"));
  if (!built) throw new Error("no bundle");
  return built;
}

const HERE = `${process.platform}-${process.arch}`;
const ELSEWHERE = process.platform === "linux" ? "darwin-x64" : "linux-x64";

describe("packages with native addons", () => {
  install("plain", {}, {});
  install(
    "addon",
    { dependencies: { plain: "1" } },
    {
      [`prebuilds/${HERE}/addon.node`]: "napi_register_module_v1",
      [`prebuilds/${HERE}/libaddon.so.1`]: "library",
      [`prebuilds/${ELSEWHERE}/addon.node`]: "napi_register_module_v1",
      "src/addon.cc": "source",
      "index.d.ts": "types",
    },
  );
  install(
    "@scope/user",
    { dependencies: { addon: "1" } },
    { "sub.js": 'module.exports = require("addon");' },
  );
  install("unbuilt", { scripts: { install: "node-gyp rebuild" } }, { "binding.gyp": "{}" });
  install("better-sqlite3", { scripts: { install: "node-gyp rebuild" } }, { "binding.gyp": "{}" });
  install("elsewhere", {}, { [`build/${ELSEWHERE}/a.node`]: "napi_register_module_v1" });
  install("old", {}, { "build/Release/a.node": "node_register_module_v127" });
  install("user-of-old", { optionalDependencies: { old: "1", "not-installed": "1" } }, {});

  test("a package without addons is part of the bundle", async () => {
    const { source, addons } = await bundleOf("a", "plain");
    expect(addons).toEqual([]);
    expect(source).not.toContain('from"plain"');
  });

  test("one with addons is not, and is carried with its dependencies, for this platform, without sources", async () => {
    const { source, addons } = await bundleOf("a", "addon");
    expect(source).toContain('from"addon"');
    expect(carriedFiles(addons, root).map(({ to }) => to.replace("node_modules/", ""))).toEqual([
      "addon/index.js",
      "addon/package.json",
      `addon/prebuilds/${HERE}/addon.node`,
      `addon/prebuilds/${HERE}/libaddon.so.1`,
      "plain/index.js",
      "plain/package.json",
    ]);
  });

  test("so is one that depends on it, imported by a file of the package", async () => {
    const { source, addons } = await bundleOf("a", "@scope/user/sub.js", "plain");
    expect(source).toContain('from"@scope/user/sub.js"');
    expect(addons.map(({ name }) => name)).toEqual(["@scope/user"]);
    expect(carriedFiles(addons, root).map(({ to }) => to)).toContain("node_modules/addon/index.js");
  });

  test("another worker of the same build carries none", async () => {
    write("workers/b.ts", 'import a from "addon";\nconsole.log(a);\n');
    write("workers/c.ts", 'import a from "plain";\nconsole.log(a);\n');
    const built = await bundle(root, ["b", "c"], join(root, "out"));
    expect(built.map(({ addons }) => addons.length)).toEqual([1, 0]);
  });

  const REFUSED: [string, string][] = [
    [
      "unbuilt",
      "unbuilt has an addon that its install script makes, which Bun did not run; " +
        "if you trust it, run: .tools/bun/node_modules/.bin/bun pm trust unbuilt",
    ],
    [
      "better-sqlite3",
      "better-sqlite3 has an addon that its install script makes, which Bun did not run; use bun:sqlite instead",
    ],
    ["elsewhere", `elsewhere has no addon for ${HERE}; use another package`],
    [
      "user-of-old",
      "user-of-old needs old, which has an addon for Node's V8, which Bun does not support; use another package",
    ],
  ];
  test.each(REFUSED)("%s is refused with worker and reason", async (name, said) => {
    await expect(bundleOf("refused", name)).rejects.toThrow(`workers/refused.ts: the package ${said}`);
  });
});

describe("a worker refuses values out of their range", () => {
  const CODE = `import { serve, worker } from "./runtime/index.ts";
import { t } from "elysia";
const limit = t.Integer({ minimum: 1 });
serve(
  worker("ranges", { description: "" })
    .get("/query", () => "", { query: t.Object({ limit }) })
    .get("/path/:limit", () => "", { params: t.Object({ limit }) })
    .post("/body", () => "", { body: t.Object({ text: t.String({ maxLength: 3 }) }) }),
);
`;
  const copy = projectCopy();
  afterAll(() => rmSync(copy, { recursive: true }));
  writeFileSync(join(copy, "workers/ranges.ts"), CODE);

  const FORMS: Record<string, () => Promise<string>> = {
    "compiled for an image": async () => {
      const binary = join(root, "ranges");
      await compile(copy, "ranges", binary);
      return binary;
    },
    "bundled for native mode": async () => {
      await bundle(copy, ["ranges"], join(root, "ranges-bundle"));
      return join(root, "ranges-bundle/ranges.js");
    },
  };

  test.each(Object.entries(FORMS))(
    "%s",
    async (_form, file) => {
      const port = freePort();
      spawnWorker(port, {}, await file());
      await ready(port);
      const ask = async (path: string, body?: string) => {
        const init = body ? { method: "POST", headers: { "content-type": "application/json" }, body } : {};
        return (await fetch(`http://127.0.0.1:${port}${path}`, init)).status;
      };
      const right = [await ask("/query?limit=1"), await ask("/path/1"), await ask("/body", '{"text":"abc"}')];
      const wrong = [
        await ask("/query?limit=0"),
        await ask("/path/0"),
        await ask("/body", '{"text":"abcd"}'),
      ];
      expect([right, wrong]).toEqual([
        [200, 200, 200],
        [422, 422, 422],
      ]);
    },
    60_000,
  );
});
