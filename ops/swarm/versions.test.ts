import { expect, test } from "bun:test";
import type { StackModel } from "./model.ts";
import { withVersions } from "./versions.ts";

const model = {
  services: { own: { image: "fortress/own:dev", deploy: { replicas: 2 } }, gateway: { image: "g" } },
} as unknown as StackModel;
const kept = { own: { aaaaaaaaaaaa: "r/own@sha256:1", bbbbbbbbbbbb: "r/own@sha256:2" } };

test("a worker runs the image that its version was pinned to, with the version as a label", () => {
  const { own, gateway } = withVersions(model, { own: "aaaaaaaaaaaa", other: "cccccccccccc" }, kept).services;
  expect(own).toMatchObject({
    image: "r/own@sha256:1",
    deploy: { replicas: 2, labels: { "fortress.version": "aaaaaaaaaaaa" } },
  });
  expect(gateway).toEqual({ image: "g" });
});

test("a version that was never pinned is refused in one line", () => {
  expect(() => withVersions(model, { own: "cccccccccccc" }, kept)).toThrow(
    "own: no image of version cccccccccccc was pushed or deployed from here: make versions NAME=own",
  );
});
