import { expect, test } from "bun:test";
import type { Config } from "../host/docker/engine.ts";
import { publishedVersions } from "../host/docker/gateway-tree.ts";
import { previewedWorker } from "./containers.ts";
import { lasting, previewService } from "./previews.ts";

const model: Config = {
  name: "fortress",
  services: {
    own: {
      image: "fortress/own:dev",
      build: { context: ".", dockerfile: "workers/Dockerfile" },
      environment: { PORT: "8080" },
      restart: "unless-stopped",
      deploy: { replicas: 3, resources: { limits: { pids: 32 } } },
      networks: { monitoring: { aliases: ["workers"] } },
      volumes: [
        { type: "volume", source: "own-data", target: "/data" },
        { type: "volume", source: "shared", target: "/shared", read_only: true },
      ],
    },
  },
};
const preview = { version: "0123456789ab", until: 5, sharesData: false };
const service = (sharesData: boolean) =>
  previewService(model, "own", { ...preview, sharesData }, "own-data", "fortress/own:0123456789ab");

test("a preview is one replica of another image with the worker's configuration", () => {
  const { build, ...made } = service(false);
  expect(build).toBeUndefined();
  expect(made).toMatchObject({
    image: "fortress/own:0123456789ab",
    environment: { PORT: "8080", PREVIEW_UNTIL: "5" },
    restart: "on-failure",
    deploy: { replicas: 1, resources: { limits: { pids: 32 } } },
    networks: { monitoring: { aliases: ["workers"] } },
  });
});

test("its data is a volume of its own version, or the worker's", () => {
  const sources = (sharesData: boolean) => service(sharesData).volumes?.map(({ source }) => source);
  expect(sources(false)).toEqual(["own.preview-0123456789ab-own-data", "shared"]);
  expect(sources(true)).toEqual(["own-data", "shared"]);
});

test("the worker of a preview's service", () => {
  expect(previewedWorker("own.preview")).toBe("own");
  for (const other of ["own", "own.other", ".preview.preview"])
    expect(previewedWorker(other)).toBeUndefined();
});

test("a preview that has ended is left out", () => {
  const previews = { ended: { ...preview, until: 10 }, own: { ...preview, until: 11 } };
  expect(lasting(previews, 10)).toEqual({ own: previews.own });
});

test("the gateway finds a preview by the name of its service", () => {
  const wanted = { versions: { own: "aaaaaaaaaaaa" }, previews: { own: preview } };
  expect(publishedVersions(wanted)).toEqual({
    live: [{ worker: "own", version: "aaaaaaaaaaaa" }],
    previews: [
      {
        worker: "own",
        version: "0123456789ab",
        until: 5,
        server: { address: "own.preview:8080", resolve: true },
        resolver: "127.0.0.11",
      },
    ],
  });
});
