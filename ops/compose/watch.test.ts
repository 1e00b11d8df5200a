import { expect, test } from "bun:test";
import type { Container } from "./containers.ts";
import { endedSince } from "./watch.ts";

const container = (Id: string, Status: string, RestartCount = 0): Container => ({
  Id,
  Name: Id,
  Image: "",
  Created: "",
  RestartCount,
  State: { Status, Running: Status === "running", ExitCode: 0, OOMKilled: false },
  Config: { Labels: {} },
});

test("a container that was restarted or ended since counts, one that runs or is about to start does not", () => {
  const before = new Map([
    ["stopped", 0],
    ["restarted earlier", 2],
    ["crashing", 2],
  ]);
  const now = [
    container("new", "running"),
    container("created", "created"),
    container("stopped", "exited"), // Compose has not started it yet
    container("restarted earlier", "running", 2),
    container("crashing", "running", 3),
    container("new and crashing", "running", 1),
    container("new and restarting", "restarting"),
    container("new and ended", "exited"),
  ];
  expect(endedSince(before, now).map(({ Id }) => Id)).toEqual([
    "crashing",
    "new and crashing",
    "new and restarting",
    "new and ended",
  ]);
});
