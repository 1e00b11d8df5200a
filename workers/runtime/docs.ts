import { swagger } from "@elysiajs/swagger";
import { Elysia, NotFoundError, type TSchema } from "elysia";
import type { OpenAPIV3 } from "openapi-types";
import { license } from "../../package.json" with { type: "json" };
import type { Route } from "./methods.ts";
import { type Selector, tidy } from "./openapi/document.ts";
import { CREDENTIALS, REQUEST_ID_PARAMETER, SECURITY_SCHEMES, SERVERS } from "./openapi/gateway.ts";
import { sharedHeaders } from "./openapi/problems.ts";

const PAGE = "/openapi";
export const DOCUMENT = "/openapi.json";

/** What a document says of its worker. */
export interface Documented {
  /** As in `X-Served-By`. */
  name: string;
  version: string;
  description: string;
  selectedBy?: Selector | undefined;
  /** Whether a request may be asked again; `x-pure` in the document. */
  pure?: boolean | undefined;
}

/** Of a preview: no other header selects it. */
export function ofPreview({ name, version, description, pure }: Documented): Documented {
  const said = `Preview of version ${version}, which answers only requests with its \`X-Version\`.`;
  const selectedBy = { header: "X-Version", value: version, description: "Selects this preview." };
  return { name, version, description: `${said} ${description}`, selectedBy, pure };
}

/**
 * The OpenAPI document of a worker at `/openapi.json`. The plugin's own page is closed: it loads scripts of other
 * origins, and the gateway has a page.
 */
export function docs({ name, version, description, selectedBy, pure }: Documented, routes: () => Route[]) {
  let document: OpenAPIV3.Document | undefined; // built at the first request and kept: it needs no credentials
  return new Elysia({ name: "docs" })
    .onBeforeHandle(({ path }) => {
      if (path === PAGE) throw new NotFoundError();
    })
    .onAfterHandle(({ path, response }) => {
      if (path !== DOCUMENT) return undefined;
      document ??= tidy(response as OpenAPIV3.Document, selectedBy, routes());
      return document;
    })
    .use(
      swagger({
        path: PAGE,
        specPath: DOCUMENT,
        documentation: {
          info: {
            title: name,
            description,
            version,
            license: { name: license, url: "https://opensource.org/license/mit" },
            ...(pure && { "x-pure": true }),
          },
          servers: SERVERS,
          components: {
            headers: sharedHeaders(name, version),
            parameters: { RequestId: REQUEST_ID_PARAMETER },
            securitySchemes: SECURITY_SCHEMES,
          },
        },
      }),
    );
}

/** The default `detail` of a route. */
export const routeDetail = (name: string) => ({ tags: [name], security: CREDENTIALS });

/** The schema with an example answer, checked against the schema's type. */
export function withExample<T extends TSchema>(schema: T, example: T["static"]): T {
  return { ...schema, examples: [example] };
}
