// Grafana cannot be started where no registry has it, so each file it reads is held against what its documentation
// (grafana.com/docs, "Provision Grafana") and the readers of its source (pkg/services/provisioning) know.
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { compose } from "../../ops/settings/project.ts";

type Fields = Record<string, unknown>;
const PROVISIONING = join(import.meta.dir, "provisioning");
/** Each folder that Grafana looks for: the list in its files, what an entry may hold, what it must. */
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

test("the folders that Grafana looks for are there, and no other", () => {
  expect(readdirSync(PROVISIONING).sort()).toEqual(Object.keys(FOLDERS).sort());
});

for (const [folder, { list, known, required }] of Object.entries(FOLDERS)) {
  for (const file of readdirSync(join(PROVISIONING, folder))) {
    test(`${folder}/${file} holds what Grafana knows`, () => {
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

test("every variable in the files has a value", () => {
  const text = ["datasources/prometheus.yml", "dashboards/fortress.yml"].map((file) =>
    readFileSync(join(PROVISIONING, file), "utf8"),
  );
  const used = [...text.join().matchAll(/\$([A-Z_]+)/g)].map(([, name = ""]) => name);
  expect(used.sort()).toEqual(["DASHBOARDS_DIR", "PROMETHEUS_URL"]);
  for (const name of used) expect(environment[name]).toBeString();
});

test("each dashboard has a name of its own and asks the data source that is provisioned", () => {
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
    expect(id ?? null).toBeNull(); // a number is refused: it is Grafana's to give
    for (const { type, datasource } of panels) {
      expect(["stat", "timeseries", "row", "text"]).toContain(type as string); // part of Grafana, not downloaded
      if (datasource) expect(datasource).toEqual({ type: "prometheus", uid: "prometheus" });
    }
  }
  expect(readdirSync(folder)).toContain(
    environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]?.split("/").at(-1) ?? "",
  );
});

test("it asks nobody outside: no usage report, no update check, no news, no plugin, no key", () => {
  expect(environment).toMatchObject({
    GF_ANALYTICS_REPORTING_ENABLED: "false",
    GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
    GF_NEWS_NEWS_FEED_ENABLED: "false",
    GF_PLUGINS_PREINSTALL_DISABLED: "true",
    GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: "true",
  });
});
