import { expect, test } from "bun:test";
import type { OpenAPIV3 } from "openapi-types";
import { disagreements } from "./check-routes.ts";
import { routeOf } from "./route-schema.ts";

const answers = (...statuses: number[]) =>
  Object.fromEntries(statuses.map((status) => [status, { description: "" }]));
const BODY = { content: { "application/json": {} } };
const CREDENTIALS = [{ basic: [] }];

function documents() {
  const check = {
    security: CREDENTIALS,
    requestBody: BODY,
    responses: answers(200, 401, 413, 415, 503, 502, 504),
  };
  const read = { security: CREDENTIALS, responses: answers(200, 401, 503, 502, 504) };
  const health = { security: [] as object[], responses: answers(200, 503, 502, 504) };
  const parameters = [{ name: "X-Group", in: "header", required: true, schema: { enum: ["beta"] } }];
  const own = {
    "/invoices/check": { post: structuredClone(check) },
    "/invoices/{id}": { get: structuredClone(read) },
    "/invoices/health": { get: health },
    "/search": { post: structuredClone(check) },
  };
  const beta = { "/search": { post: { ...structuredClone(check), parameters } } };
  return { own, beta };
}
function routes() {
  return {
    invoices: {
      worker: "invoices",
      paths: {
        "/invoices/*": {},
        "/invoices/health": { public: "true", methods: ["GET"] },
      } as Record<string, object>,
    },
    search: {
      worker: "invoices",
      header: "X-Group",
      values: { beta: "search-beta" } as Record<string, string>,
      paths: { "/search": {} } as Record<string, object>,
    },
  };
}
type Parts = ReturnType<typeof documents> & ReturnType<typeof routes>;

function check(change: (parts: Parts) => void = () => undefined): string[] {
  const parts: Parts = { ...documents(), ...routes() };
  change(parts);
  const { own, beta, invoices, search } = parts;
  const all = new Map([
    ["invoices", { paths: own }],
    ["search-beta", { paths: beta }],
  ] as unknown as [string, OpenAPIV3.Document][]);
  return disagreements([routeOf("invoices", invoices), routeOf("search", search)], all, "503");
}

test("routes and workers that agree", () => expect(check()).toEqual([]));
test("a DELETE without a documented body may still be refused for one", () => {
  const responses = answers(200, 401, 413, 415, 503, 502, 504);
  const remove = ({ own }: Parts) =>
    Object.assign(own["/invoices/{id}"], { delete: { security: CREDENTIALS, responses } });
  expect(check(remove)).toEqual([]);
});

const CASES: [what: string, change: (parts: Parts) => void, said: string][] = [
  [
    "an operation without a route",
    ({ own }) => Object.assign(own, { "/reports/{id}/lines": own["/invoices/{id}"] }),
    "workers/invoices.ts: GET /reports/{id}/lines is reached by no route: add /reports/* to the paths of gateway/routes/invoices.yaml",
  ],
  [
    "an operation at a path of another worker",
    ({ beta }) => Object.assign(beta, { "/invoices/check": beta["/search"] }),
    "workers/search-beta.ts: POST /invoices/check: gateway/routes/invoices.yaml sends /invoices/* to invoices; give it another path",
  ],
  [
    "a method that the route refuses",
    ({ invoices }) => Object.assign(invoices.paths, { "/invoices/*": { methods: ["GET"] } }),
    "gateway/routes/invoices.yaml: add POST to the methods of /invoices/*: workers/invoices.ts documents it",
  ],
  [
    "a path that no worker documents",
    ({ invoices }) => Object.assign(invoices.paths, { "/totals": {} }),
    "gateway/routes/invoices.yaml: workers/invoices.ts documents nothing at /totals: remove the path, or add it there",
  ],
  [
    "a prefix that no worker documents",
    ({ invoices }) => Object.assign(invoices.paths, { "/totals/*": {} }),
    "gateway/routes/invoices.yaml: workers/invoices.ts documents nothing at /totals/*: remove the path, or add it there",
  ],
  [
    "a method that no worker documents",
    ({ search }) => Object.assign(search.paths, { "/search": { methods: ["POST", "PUT"] } }),
    "gateway/routes/search.yaml: workers/search-beta.ts documents no PUT at /search: remove it from the methods, or add it there",
  ],
  [
    "a public path with documented credentials",
    ({ own }) => {
      own["/invoices/health"].get.security = CREDENTIALS;
    },
    "workers/invoices.ts: GET /invoices/health: add security: [] to its detail: /invoices/health is public in gateway/routes/invoices.yaml",
  ],
  [
    "a path with credentials that is documented as public",
    ({ own }) => {
      own["/search"].post.security = [];
    },
    "workers/invoices.ts: POST /search: add public: true to /search in gateway/routes/search.yaml, or remove security: []",
  ],
  [
    "a version that does not document its header",
    ({ beta }) => {
      beta["/search"].post.parameters = [];
    },
    'workers/search-beta.ts: set selectedBy: { header: "X-Group", value: "beta", … } as in gateway/routes/search.yaml',
  ],
  [
    "a version that documents another value",
    ({ search }) => {
      search.values = { gamma: "search-beta" };
    },
    'workers/search-beta.ts: set selectedBy: { header: "X-Group", value: "gamma", … } as in gateway/routes/search.yaml',
  ],
  [
    "a default worker that documents the header",
    ({ own, beta }) => Object.assign(own["/search"].post, { parameters: beta["/search"].post.parameters }),
    "workers/invoices.ts: remove selectedBy: gateway/routes/search.yaml sends requests without X-Group to it too",
  ],
  ...([401, 413, 502, 503, 504] as const).map((status): (typeof CASES)[number] => [
    `a missing ${status}`,
    ({ own }) => delete own["/search"].post.responses[status],
    `workers/invoices.ts: POST /search: document ${status}, which the gateway answers; is …problemResponses missing?`,
  ]),
  [
    "401 of a public path",
    ({ own }) => Object.assign(own["/invoices/health"].get.responses, answers(401)),
    "workers/invoices.ts: GET /invoices/health: remove 401, which nothing answers here",
  ],
  ...([413, 415] as const).map((status): (typeof CASES)[number] => [
    `${status} without a body`,
    ({ own }) => Object.assign(own["/invoices/{id}"].get.responses, answers(status)),
    `workers/invoices.ts: GET /invoices/{id}: remove ${status}, which nothing answers here`,
  ]),
];
test.each(CASES)("%s", (_what, change, said) => expect(check(change)).toContain(said));
