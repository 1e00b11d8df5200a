import { expect, test } from "bun:test";
import type { OpenAPIV3 } from "openapi-types";
import { merge } from "./merge.ts";
import { gatewayRoutes, parseRoutes } from "./routes.ts";
import { throughGateway } from "./through-gateway.ts";

const TEMPLATE = `
location = /open {
    proxy_pass http://a;
}
location ^~ /things/ {
    include snippets/limit.conf;
    # include snippets/auth.conf;
    proxy_pass http://a;
}
location ~ ^/items/[0-9]+$ {
    include snippets/auth.conf;
    proxy_pass http://a;
}
`;

function document(title: string, paths: string[], parameters: OpenAPIV3.ParameterObject[] = []) {
  const content = { "application/json": { schema: { type: "string" as const, title }, example: title } };
  const post = { parameters, responses: { 200: { description: "OK", content } } };
  const entries = paths.map((path) => [path, { post: structuredClone(post) }]);
  return {
    openapi: "3.0.3",
    info: { title, version: "1" },
    paths: Object.fromEntries(entries),
  } as OpenAPIV3.Document;
}

const BASE = document("base", []);
const header = { name: "X-Group", in: "header", required: true, description: "is new", example: "new" };

test("a location says which paths it serves, and on which terms", () => {
  const [open, things, items] = parseRoutes(TEMPLATE);
  expect([open?.matches("/open"), open?.matches("/open/x"), open?.guarded]).toEqual([true, false, false]);
  expect([things?.matches("/things/1"), things?.limited, things?.guarded]).toEqual([true, true, false]);
  expect([items?.matches("/items/12"), items?.matches("/items/a"), items?.guarded]).toEqual([
    true,
    false,
    true,
  ]);
});

test("the gateway's own templates are understood", () => {
  for (const path of ["/predict", "/predict/batch"]) {
    const route = gatewayRoutes().find(({ matches }) => matches(path));
    expect(route).toMatchObject({ guarded: true, limited: true, proxied: true });
  }
});

test("a path that the gateway does not route is not documented", () => {
  const { paths } = throughGateway(document("a", ["/open", "/hidden"]), parseRoutes(TEMPLATE));
  expect(Object.keys(paths)).toEqual(["/open"]);
  expect(paths["/open"]?.post?.security).toEqual([]);
});

test("workers on paths of their own stand side by side", () => {
  const merged = merge(
    new Map([
      ["a", document("a", ["/a"])],
      ["b", document("b", ["/b"])],
    ]),
    BASE,
  );
  expect(Object.keys(merged.paths)).toEqual(["/a", "/b"]);
});

test("workers on one path become one operation, with the header that chooses", () => {
  const [old, fresh] = [document("a", ["/a"]), document("b", ["/a"], [header])];
  const { post } =
    merge(
      new Map([
        ["old", old],
        ["new", fresh],
      ]),
      BASE,
    ).paths["/a"] ?? {};
  expect(post?.parameters).toMatchObject([
    {
      name: "X-Group",
      schema: { type: "string" },
      description: "Exactly `new`: new is new. Anything else, or nothing: old.",
      examples: { none: { value: "" }, new: { value: "new" } },
    },
  ]);
  expect(post?.parameters?.[0]).not.toHaveProperty("required");
  expect(post?.responses[200]).toMatchObject({
    content: {
      "application/json": {
        schema: { anyOf: [{ title: "a" }, { title: "b" }] },
        examples: { old: { value: "a" }, new: { value: "b" } },
      },
    },
  });
});
