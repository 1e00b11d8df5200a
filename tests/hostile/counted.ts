// Checks of the access log and the log exporter after all cases: each answer once, with its status.
import { existsSync, readFileSync, statSync } from "node:fs";
import { ACCESS_LOG } from "../../ops/native/paths.ts";
import { setting } from "../../ops/settings/project.ts";
import type { Outcome } from "./types.ts";

interface Line {
  client: string;
  route: string;
  status: string;
}

const ROUTES = /^(|redirect|unknown_host|unknown_path|\/[a-z/.-]{0,40})$/; // no case may add another
const PRINTABLE = /^[\x20-\x7e]*$/;
const PATIENCE_MS = 20_000;

/** Requests counted so far, by route and status. */
async function counters(): Promise<Map<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${setting("LOG_EXPORTER_PORT")}/metrics`)).text();
  const counted = new Map<string, number>();
  const sample = /^gateway_requests_total\{.*?route="(.*?)",status="(\d+)".*\} (\d+)$/gm;
  for (const [, route, status, value] of text.matchAll(sample)) {
    const key = `${route} ${status}`;
    counted.set(key, (counted.get(key) ?? 0) + Number(value));
  }
  return counted;
}

function difference(after: Map<string, number>, before: Map<string, number>): Map<string, number> {
  return new Map(
    [...after]
      .map(([key, n]) => [key, n - (before.get(key) ?? 0)] as const)
      .filter(([, n]) => n !== 0)
      .sort(),
  );
}

function tally(lines: Line[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const { route, status } of lines) {
    const key = `${route} ${Number(status)}`; // "000", a client that disconnected, is 0 in the exporter
    counted.set(key, (counted.get(key) ?? 0) + 1);
  }
  return new Map([...counted].sort());
}

/** Stores the current position of log and counters. @returns undefined without a native access log. */
export async function startCounting() {
  if (!existsSync(ACCESS_LOG)) return undefined;
  await Bun.sleep(1500); // nginx writes its log once a second
  const [offset, before] = [statSync(ACCESS_LOG).size, await counters()];
  const raw = () => readFileSync(ACCESS_LOG).subarray(offset).toString("latin1").split("\n").filter(Boolean);
  const lines = () => raw().map((line) => JSON.parse(line) as Line);

  return {
    /** The error in the log lines of a client's only connection, or undefined. */
    logged(client: string, { statuses, closed, reset }: Outcome, all: Line[]): string | undefined {
      const own = all.filter((line) => line.client === client);
      const odd = own.find(({ route }) => !ROUTES.test(route));
      if (odd) return `logged under the route ${odd.route}`;
      const left = own.map(({ status }) => Number(status));
      for (const status of statuses.filter((each) => each >= 200)) {
        const at = left.indexOf(status);
        if (at < 0)
          return `answered ${status}, logged ${own.map((line) => line.status).join(", ") || "nothing"}`;
        left.splice(at, 1);
      }
      // An aborted request and one on a closed connection are logged too, without an answer.
      return left.length > 0 && !closed && !reset
        ? `logged more than was answered: ${left.join(", ")}`
        : undefined;
    },
    async lines(): Promise<Line[]> {
      await Bun.sleep(1500);
      return lines();
    },
    /** Waits until the log exporter has read everything. @returns a difference in its counts, or undefined. */
    async counted(): Promise<string | undefined> {
      const unprintable = raw().find((line) => !PRINTABLE.test(line));
      if (unprintable) return `a line is not printable ASCII: ${JSON.stringify(unprintable.slice(0, 300))}`;
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const [got, want] = [difference(await counters(), before), tally(lines())];
        if (Bun.deepEquals(got, want)) return undefined;
        if (performance.now() > deadline)
          return `counted ${JSON.stringify([...got])}, logged ${JSON.stringify([...want])}`;
        await Bun.sleep(500);
      }
    },
  };
}
