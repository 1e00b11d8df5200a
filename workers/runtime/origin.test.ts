import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sse } from "elysia";
import type { OpenAPIV3 } from "openapi-types";
import { worker } from "./index.ts";
import { readSettings, workerVersion } from "./settings.ts";

const VERSION = "0123456789ab";
const UNTIL = "1793000000000";
const FAKE = { "x-served-by": "fake", "x-version": "fake" };

/** Calls `make` with variables that a worker reads when it is made. */
function withEnvironment<T>(variables: Record<string, string>, make: () => T): T {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return make();
  } finally {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("", { headers: FAKE }) });
const make = () =>
  worker("origin", {
    description: "For these tests.",
    selectedBy: { header: "X-Group", value: "a", description: "" },
  })
    .get("/object", () => ({}))
    .get("/text", () => "")
    .get("/set", ({ set }) => {
      Object.assign(set.headers, FAKE);
      return {};
    })
    .get("/other-case", ({ set }) => {
      Object.assign(set.headers, { "X-Served-By": "fake", "X-VERSION": "fake" });
      return {};
    })
    .get("/removed", ({ set }) => {
      set.headers = {};
      return {};
    })
    .get("/not-sendable", ({ set }) => {
      set.headers["x-version"] = "a\nb";
      return {};
    })
    .get("/response", () => new Response("", { headers: FAKE }))
    .get("/static", new Response("", { headers: FAKE }))
    .get("/proxied", () => fetch(other.url))
    .get("/mapped", () => "", { mapResponse: () => new Response("", { headers: FAKE }) })
    .get("/before", () => "", { beforeHandle: () => new Response("", { headers: FAKE }) })
    .get("/stream", async function* ({ set }) {
      Object.assign(set.headers, FAKE);
      yield sse("");
    })
    .get("/file", ({ set }) => {
      Object.assign(set.headers, FAKE);
      return Bun.file(import.meta.path);
    })
    .get("/redirect", ({ redirect, set }) => {
      Object.assign(set.headers, FAKE);
      return redirect("/object");
    })
    .get("/status", ({ set, status }) => {
      Object.assign(set.headers, FAKE);
      return status(404);
    })
    .get("/problem", () => new Response("", { status: 404, headers: FAKE }))
    .get("/error", ({ set }) => {
      Object.assign(set.headers, FAKE);
      throw new Error("the secret");
    })
    .ws("/socket", {})
    .get("/null", () => {
      throw null; // answered by the last resort
    });

const app = withEnvironment({ WORKER_VERSION: VERSION, REPLICA: "r" }, make);
const preview = withEnvironment({ WORKER_VERSION: VERSION, REPLICA: "r", PREVIEW_UNTIL: UNTIL }, make);
for (const each of [app, preview]) each.listen({ port: 0, hostname: "127.0.0.1" });
afterAll(() => Promise.all([app.stop(true), preview.stop(true), other.stop(true)]));

const ask = (of: typeof app, path: string, method = "GET") =>
  fetch(`http://127.0.0.1:${of.server?.port}${path}`, { method, redirect: "manual" });
const origin = ({ headers }: Response) => [headers.get("x-served-by"), headers.get("x-version")];

const PATHS = [...app.routes.map(({ path }) => path), "/nowhere"];
test.each(PATHS)("the answer of %s says which replica and version answered", async (path) => {
  for (const method of ["GET", "HEAD", "DELETE"]) {
    expect(origin(await ask(app, path, method))).toEqual(["origin/r", VERSION]);
  }
});

describe("a request for another version", () => {
  const UNKNOWN =
    "No version of this API that runs now begins with this X-Version (6 to 12 lower-case hex digits).";
  const asking = (of: typeof app, path: string, version: string, method = "GET") =>
    fetch(`http://127.0.0.1:${of.server?.port}${path}`, {
      method,
      redirect: "manual",
      headers: { "x-version": version, "x-request-id": "my-id" },
    });
  const ALWAYS = ["/livez", "/readyz", "/metrics", "/openapi.json"];

  test.each(PATHS.filter((path) => ![...ALWAYS, "/shadow-pairs"].includes(path)))(
    "of %s is the gateway's 404",
    async (path) => {
      for (const each of [app, preview])
        for (const method of ["GET", "POST", "DELETE"]) {
          const answer = await asking(each, path, "ffffffffffff", method);
          expect([
            answer.status,
            answer.headers.get("content-type"),
            answer.headers.get("x-version"),
          ]).toEqual([404, "application/problem+json", VERSION]);
          expect(await answer.json()).toEqual({
            type: "about:blank",
            title: "Not Found",
            status: 404,
            detail: UNKNOWN,
            instance: path,
            request_id: "my-id",
          });
        }
    },
  );

  test("has the words of the gateway", async () => {
    const template = "../../gateway/templates/servers/50-unknown-version.conf.template";
    expect(await Bun.file(join(import.meta.dir, template)).text()).toContain(`"${UNKNOWN}"`);
  });

  test.each(ALWAYS)("of %s is answered", async (path) => {
    expect((await asking(app, path, "ffffffffffff")).status).not.toBe(404);
  });

  test.each([
    ["", 200],
    [" ", 200],
    [VERSION, 200],
    [` ${VERSION} `, 200],
    ["012345", 200],
    ["0123456", 200],
    ["01234", 404],
    ["0123450", 404],
    [`${VERSION}c`, 404],
    [VERSION.toUpperCase(), 404],
    [`${VERSION}, ${VERSION}`, 404],
    ["dev", 404],
  ])("X-Version %p: %d", async (version, status) => {
    expect((await asking(app, "/object", version)).status).toBe(status);
    expect((await asking(preview, "/object", version)).status).toBe(status);
  });

  test("without a version of its own, a replica answers all", async () => {
    const dev = make().listen({ port: 0, hostname: "127.0.0.1" });
    for (const version of ["", VERSION, "ffffffffffff", "x"])
      expect((await asking(dev, "/object", version)).status).toBe(200);
    await dev.stop(true);
  });

  test("is no error: it is counted as 404", async () => {
    const counted = async () => {
      const lines = (await (await ask(app, "/metrics")).text()).split("\n");
      const all = lines.filter((line) => /^http_requests_total\{.*method="PATCH"/.test(line));
      return all.map((line) => [/status="(\d+)"/.exec(line)?.[1], line.split(" ").at(-1)]);
    };
    for (let i = 0; i < 3; i++) await asking(app, "/object", "ffffffffffff", "PATCH");
    expect(await counted()).toEqual([["404", "3"]]);
  });
});

test("the answer that opens a WebSocket says it too", async () => {
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const opened = Promise.withResolvers<unknown[]>();
  get(`http://127.0.0.1:${app.server?.port}/socket`, { headers })
    .on("upgrade", ({ statusCode, headers: { "x-version": own } }, socket) => {
      socket.destroy();
      opened.resolve([statusCode, own]);
    })
    .on("response", ({ statusCode }) => opened.resolve([statusCode]))
    .on("error", opened.reject);
  expect(await opened.promise).toEqual([101, VERSION]);
});

test("the version is a label of build_info only", async () => {
  const metrics = await (await ask(app, "/metrics")).text();
  const lines = metrics.split("\n").filter((line) => line.includes(VERSION));
  expect(lines).toEqual([
    `worker_build_info{version="${VERSION}",bun="${Bun.version}",worker="origin",replica="r"} 1`,
  ]);
});

describe("a preview", () => {
  test("has its own name in answers and metrics", async () => {
    expect(origin(await ask(preview, "/object"))).toEqual(["origin.preview/r", VERSION]);
    const metrics = await (await ask(preview, "/metrics")).text();
    const samples = metrics.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(samples.filter((line) => !line.includes('worker="origin.preview"'))).toEqual([]);
  });

  const documentOf = async (of: typeof app) =>
    (await (await ask(of, "/openapi.json")).json()) as OpenAPIV3.Document;
  const selectors = ({ paths }: OpenAPIV3.Document) =>
    paths["/object"]?.get?.parameters
      ?.filter((each) => "name" in each)
      .map(({ name, schema }) => [name, schema]);

  test("says in its document that it is one, and that X-Version selects it", async () => {
    const document = await documentOf(preview);
    expect(document.info).toMatchObject({ title: "origin.preview", version: VERSION });
    expect(document.info.description).toBe(
      `Preview of version ${VERSION}, which answers only requests with its \`X-Version\`. For these tests.`,
    );
    expect(selectors(document)).toEqual([["X-Version", { type: "string", enum: [VERSION] }]]);
  });

  test("changes nothing in the document of a version that is none", async () => {
    const document = await documentOf(app);
    expect(document.info).toMatchObject({
      title: "origin",
      version: VERSION,
      description: "For these tests.",
    });
    expect(selectors(document)).toEqual([["X-Group", { type: "string", enum: ["a"] }]]);
    expect(document.components?.headers?.["Version"]).toMatchObject({ schema: { example: VERSION } });
  });
});

describe("settings", () => {
  const folder = mkdtempSync(join(tmpdir(), "version-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("the version is that of the environment, else of the file, else dev", () => {
    const file = join(folder, "version");
    expect(workerVersion({}, file)).toBe("dev");
    writeFileSync(file, `${VERSION}\n`);
    expect(workerVersion({}, file)).toBe(VERSION);
    expect(workerVersion({ WORKER_VERSION: "ba9876543210" }, file)).toBe("ba9876543210");
  });

  test.each(["v1", "0123456789AB", "0123456789abc", "0123456789a", `${VERSION}\n`])(
    "the version %p is refused",
    (text) => {
      expect(() => readSettings({ WORKER_VERSION: text })).toThrow(
        "WORKER_VERSION, or the file /version, must be 12 of 0-9 a-f, or dev",
      );
    },
  );

  test.each(["soon", "1793000000", "1793000000000.5", "-1", "1e300"])(
    "the end of a preview %p is refused",
    (text) => {
      expect(() => readSettings({ PREVIEW_UNTIL: text })).toThrow(
        "PREVIEW_UNTIL must be a whole number from 1000000000000 to 8640000000000000",
      );
    },
  );

  test("the end of a preview is a time in milliseconds; other workers have none", () => {
    expect(readSettings({ PREVIEW_UNTIL: UNTIL }).previewUntil).toBe(Number(UNTIL));
    expect(readSettings({ PREVIEW_UNTIL: "" }).previewUntil).toBeUndefined();
  });
});
