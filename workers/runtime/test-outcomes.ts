// A worker whose answers come by ways other than a handler's plain value, and errors that look like Elysia's.
import { Elysia, t } from "elysia";
import { serve, worker } from "./index.ts";

const ROW = "row alice@example.org";
const fail = (members: object) => () => {
  throw Object.assign(new Error(ROW), members);
};
const loop: Record<string, unknown> = {};
loop["self"] = loop;

const Upper = t
  .Transform(t.String())
  .Decode((text) => {
    if (text === "no") throw new Error("not this");
    return text.toUpperCase();
  })
  .Encode(String);

const refuse = new Elysia()
  .macro({ signedIn: { resolve: ({ status }) => status(401, "Sign in.") } })
  .get("/macro", () => "never", { signedIn: true });

export const app = worker("outcomes", { description: "For these tests." })
  .use(refuse)
  .group("/derive", (group) =>
    group
      .derive(({ status, headers }) => (headers["x-key"] ? { key: 1 } : status(401, "Sign in.")))
      .get("", ({ key }) => key),
  )
  .group("/resolve", (group) =>
    group
      .resolve(async ({ status }) => status(403))
      .post("", () => "never", { body: t.Object({ a: t.Number() }) }),
  )
  .group("/resolve-map", (group) => group.mapResolve(({ status }) => status(402)).get("", () => "never"))
  .group("/resolved-map", (group) =>
    group
      .mapResolve(() => ({ key: 1 }))
      .get("", fail({}))
      .get("/key", ({ key }) => key),
  )
  .get("/before", () => "never", { beforeHandle: ({ status }) => status(401) })
  // errors
  .get("/not-found", fail({ code: "NOT_FOUND" }))
  .get("/validation", fail({ code: "VALIDATION", type: "body" }))
  .get("/parse", fail({ code: "PARSE" }))
  .get("/status", fail({ status: 404 }))
  .get("/set-status", ({ set }) => {
    set.status = 422;
    throw new Error(ROW);
  })
  .get("/cause", () => {
    throw new Error(ROW, { cause: new Error("of it") });
  })
  .get("/decoded/:text", ({ params }) => params.text, { params: t.Object({ text: Upper }) })
  .get("/decoded-query", ({ query }) => query.text, { query: t.Object({ n: t.Number(), text: Upper }) })
  // answers that cannot be sent
  .get("/bigint", () => ({ n: 1n }))
  .get("/late-bigint", ({ set }) => {
    const late = Bun.sleep(1).then(() => ({ n: 1n }));
    set.headers["x-own"] = "1";
    return late;
  })
  .get("/circular", () => loop)
  .get("/to-json", () => ({ toJSON: fail({}) }))
  .get("/header", ({ set }) => {
    set.headers["x-bad"] = "a\nb";
    return "never";
  })
  .get("/no-file", () => Bun.file("/nowhere/at/all"))
  .get("/file", () => Bun.file(`${import.meta.dir}/index.ts`))
  .get("/map-throws", () => ({}), { mapResponse: fail({}) })
  .get("/mapped", () => ({}), { mapResponse: () => new Response("short and stout", { status: 418 }) })
  .get("/generator", function* ({ set }) {
    set.status = 400;
    yield "a";
    yield "b";
  })
  // biome-ignore lint/correctness/useYield: it throws before
  .get("/generator-throws", function* () {
    throw new Error(ROW);
  })
  .get("/stream", function* () {
    yield "a";
    yield "b";
  })
  .get("/fraction", ({ set }) => {
    set.status = 404.5;
    return "x";
  })
  .get("/undefined", () => undefined)
  .get("/null", () => {
    throw null;
  })
  .get("/late-null", () => Bun.sleep(1).then(() => Promise.reject(null)))
  .get("/no-file-inside", () => new Response(Bun.file("/nowhere/at/all")))
  .ws("/socket", { body: t.Object({ n: t.Number() }), message: (ws) => void ws.send("ok") });

if (import.meta.main) serve(app);
