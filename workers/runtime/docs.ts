import { swagger } from "@elysiajs/swagger";
import { Elysia, NotFoundError, type TSchema } from "elysia";
import type { OpenAPIV3 } from "openapi-types";
import packageJson from "../../package.json" with { type: "json" };
import { type Selector, tidy } from "./openapi/document.ts";
import { CREDENTIALS, REQUEST_ID_PARAMETER, SECURITY_SCHEMES, SERVERS } from "./openapi/gateway.ts";
import { sharedHeaders } from "./openapi/problems.ts";

const PAGE = "/openapi";
const DOCUMENT = "/openapi.json";

/**
 * The OpenAPI document of a worker at `/openapi.json`. The plugin's own page, which loads its scripts from
 * elsewhere, stays closed: the pages that show the document are the gateway's.
 */
export function docs(name: string, description: string, selectedBy?: Selector) {
  let document: OpenAPIV3.Document | undefined; // made at the first question; anybody may ask
  return new Elysia({ name: "docs" })
    .onBeforeHandle(({ path }) => {
      if (path === PAGE) throw new NotFoundError();
    })
    .onAfterHandle(({ path, response }) => {
      if (path !== DOCUMENT) return undefined;
      document ??= tidy(response as OpenAPIV3.Document, selectedBy);
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
            version: packageJson.version,
            license: { name: packageJson.license, url: "https://opensource.org/license/mit" },
          },
          servers: SERVERS,
          components: {
            headers: sharedHeaders(name),
            parameters: { RequestId: REQUEST_ID_PARAMETER },
            securitySchemes: SECURITY_SCHEMES,
          },
        },
      }),
    );
}

/** What a route's `detail` says of itself unless it says otherwise. */
export const routeDetail = (name: string) => ({ tags: [name], security: CREDENTIALS });

/** The schema with an example of the answer, checked by the compiler against the schema's own type. */
export function withExample<T extends TSchema>(schema: T, example: T["static"]): T {
  return { ...schema, examples: [example] };
}
