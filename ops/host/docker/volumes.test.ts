import { expect, test } from "bun:test";
import { diskVolumes } from "./volumes.ts";

test("the volumes on disk with the services that write them", () => {
  const mount = (source: string, read_only = false) => ({ type: "volume", source, read_only });
  const model = {
    services: {
      one: { volumes: [mount("data"), mount("memory")] },
      two: { volumes: [mount("data"), { type: "bind", source: "/etc" }] },
      three: { volumes: [mount("data", true)] },
      four: {},
    },
    volumes: { data: { name: "p_data" }, memory: { driver_opts: { type: "tmpfs" } }, unused: {} },
  };
  expect(diskVolumes(model)).toEqual([{ key: "data", name: "p_data", services: ["one", "two"] }]);
});
