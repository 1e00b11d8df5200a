// Grafana may be unavailable where the tests run, so they compare each provisioning file with Grafana's documentation
// (grafana.com/docs, "Provision Grafana") and the parsers in its source (pkg/services/provisioning).
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { compose } from "../../ops/settings/project.ts";

type Fields = Record<string, unknown>;
const PROVISIONING = join(import.meta.dir, "provisioning");
/** Each folder that Grafana reads: the list in its files, the fields an entry may have and those it must have. */
const FOLDERS: Record<string, { list: string; known: string; required: string }> = {
  datasources: {
    list: "datasources",
    known:
      "name type uid access orgId url user database basicAuth basicAuthUser withCredentials isDefault correlations jsonData secureJsonData version editable",
    required: "name type uid access url",
  },
  dashboards: {
    list: "providers",
    known:
      "name orgId folder folderUid type disableDeletion editable updateIntervalSeconds allowUiUpdates options",
    required: "name type options",
  },
  plugins: { list: "apps", known: "type orgId orgName disabled jsonData secureJsonData", required: "type" },
  alerting: { list: "groups", known: "orgId name folder interval rules", required: "name folder interval" },
};
const environment = (compose.services["grafana"]?.environment ?? {}) as Record<string, string>;

test("provisioning/ has the folders that Grafana reads, and no other", () => {
  expect(readdirSync(PROVISIONING).sort()).toEqual(Object.keys(FOLDERS).sort());
});

for (const [folder, { list, known, required }] of Object.entries(FOLDERS)) {
  for (const file of readdirSync(join(PROVISIONING, folder))) {
    test(`${folder}/${file} has the fields that Grafana reads`, () => {
      expect(file).toEndWith(".yml"); // any other name in alerting/ stops Grafana, and git keeps no empty folder
      const content = parse(readFileSync(join(PROVISIONING, folder, file), "utf8")) as Fields;
      expect(Object.keys(content)).toEqual(["apiVersion", list]);
      expect(content["apiVersion"]).toBe(1);
      for (const entry of content[list] as Fields[]) {
        for (const field of Object.keys(entry)) expect(known.split(" ")).toContain(field);
        for (const field of required.split(" ")) expect(entry).toHaveProperty(field);
      }
    });
  }
}

test("compose.yaml sets every variable in the files", () => {
  const text = ["datasources/prometheus.yml", "dashboards/fortress.yml"].map((file) =>
    readFileSync(join(PROVISIONING, file), "utf8"),
  );
  const used = [...text.join().matchAll(/\$([A-Z_]+)/g)].map(([, name = ""]) => name);
  expect(used.sort()).toEqual(["DASHBOARDS_DIR", "PROMETHEUS_URL"]);
  for (const name of used) expect(environment[name]).toBeString();
});

test("each dashboard has a unique name and queries the provisioned data source", () => {
  const folder = join(import.meta.dir, "dashboards");
  const dashboards = readdirSync(folder).map(
    (file) =>
      JSON.parse(readFileSync(join(folder, file), "utf8")) as Fields & {
        panels: (Fields & { datasource?: { type: string; uid: string } })[];
      },
  );
  for (const field of ["uid", "title"])
    expect(new Set(dashboards.map((each) => each[field])).size).toBe(dashboards.length);
  for (const { id, panels } of dashboards) {
    expect(id ?? null).toBeNull(); // Grafana assigns it, and refuses a number
    for (const { type, datasource } of panels) {
      expect(["stat", "table", "timeseries", "row", "text"]).toContain(type as string); // part of Grafana, not downloaded
      if (datasource) expect(datasource).toEqual({ type: "prometheus", uid: "prometheus" });
    }
  }
  expect(readdirSync(folder)).toContain(
    environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]?.split("/").at(-1) ?? "",
  );
});

test("Grafana makes no outgoing requests: no usage report, update check, news, plugin or key", () => {
  expect(environment).toMatchObject({
    GF_ANALYTICS_REPORTING_ENABLED: "false",
    GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
    GF_NEWS_NEWS_FEED_ENABLED: "false",
    GF_PLUGINS_PREINSTALL_DISABLED: "true",
    GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: "true",
  });
});
