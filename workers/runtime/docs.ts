import { swagger } from "@elysiajs/swagger";
import packageJson from "../../package.json" with { type: "json" };

/** The OpenAPI document of a worker at `/openapi.json`; the pages that show it are the gateway's. */
export function docs(name: string, description: string) {
  return swagger({
    path: "/openapi",
    specPath: "/openapi.json",
    exclude: ["/openapi", "/openapi.json"],
    documentation: { info: { title: name, description, version: packageJson.version } },
  });
}
