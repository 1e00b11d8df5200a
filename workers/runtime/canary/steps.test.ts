// What follows from each look.
import { expect, test } from "bun:test";
import { type CanaryState, isStateOf } from "./contract.ts";
import { begin, look, share } from "./steps.ts";
import { Counters, SETTINGS } from "./test-rollout.ts";

const always = () => 0.5;
const settings = { ...SETTINGS, steps: [5, 50, 100] };
const GOOD = { errors: 0, slow: 0 };

/** A canary whose looks follow one another every five seconds. */
class Rollout {
  readonly counters = new Counters();
  state: CanaryState = begin(settings, 0);
  now = 0;

  constructor(readonly options = settings) {
    this.state = begin(options, 0);
    this.requests(1, 0); // counters exist before
  }

  requests(stable: number, candidate: number, behaviour = GOOD): this {
    this.counters.requests("own", stable, GOOD, always);
    if (candidate > 0) this.counters.requests("own.canary", candidate, behaviour, always);
    return this;
  }

  look(answers = true): this {
    this.now += 5000;
    this.state = look(this.state, answers ? this.counters.samples() : undefined, this.options, this.now);
    return this;
  }

  get lines() {
    return this.state.decisions.map(({ line }) => line);
  }
}

/** Enough good requests for any step. */
const pass = (rollout: Rollout) => rollout.look().requests(5000, 5000).look();

test("with evidence it goes on, step by step, to the end", () => {
  const rollout = new Rollout();
  const shares = [share(rollout.state, settings)];
  for (let i = 0; i < 3; i++) shares.push(share(pass(rollout).state, settings));
  expect(shares).toEqual([5, 50, 100, 100]);
  expect(rollout.state.outcome).toBe("passed");
  expect(rollout.lines.map((line) => line.split(":")[0])).toEqual([
    "begins at 5 %",
    "5 % passed, on to 50 %",
    "50 % passed, on to 100 %",
    "passed at 100 %",
  ]);
});

test("at 100 % it is compared with stable in the step before", () => {
  const rollout = pass(pass(new Rollout()));
  rollout.look().requests(0, 3000).look();
  expect(rollout.state.outcome).toBe("passed");
  expect(rollout.state.verdict?.findings[0]?.stable.of).toBe(5000);
});

test("half of the latest 20 requests failing ends it at once, also after many good ones", () => {
  const rollout = new Rollout().look().requests(20_000, 400).look();
  expect(rollout.state.outcome).toBe("running");
  rollout.requests(100, 10, { errors: 1, slow: 0 }).look();
  expect(rollout.state.outcome).toBe("running"); // of the latest 410 ten failed
  rollout.requests(100, 10, { errors: 1, slow: 0 }).look();
  expect(rollout.state.outcome).toBe("failed");
  expect(rollout.lines.at(-1)).toStartWith("back to 0 %: ");
  expect(share(rollout.state, settings)).toBe(0);
});

test("what has failed stays so", () => {
  const rollout = new Rollout().look().requests(100, 40, { errors: 1, slow: 0 }).look();
  expect(rollout.state.outcome).toBe("failed");
  expect(pass(rollout).state.outcome).toBe("failed");
});

test("a candidate that fails after it has passed goes back to 0", () => {
  const rollout = pass(pass(pass(new Rollout())));
  expect(rollout.state.outcome).toBe("passed");
  rollout.requests(0, 40, { errors: 1, slow: 0 }).look();
  expect(rollout.state.outcome).toBe("failed");
});

test("without Prometheus nothing is decided; afterwards the requests meanwhile count", () => {
  const rollout = new Rollout().look().requests(5000, 5000);
  for (let i = 0; i < 50; i++) rollout.look(false);
  expect(rollout.state).toMatchObject({ outcome: "running", step: 0, data: false });
  expect(rollout.look().state.step).toBe(1);
});

test("past its time an undecided step holds, and says so once; evidence goes on with it", () => {
  const options = { ...settings, stepMs: 60_000 };
  const rollout = new Rollout(options);
  for (let i = 0; i < 20; i++) rollout.look();
  expect(rollout.state).toMatchObject({ outcome: "running", overdue: true });
  expect(rollout.lines.slice(1)).toEqual(["holds: 5 % is undecided after 60 s: no request yet"]);
  expect(pass(rollout).state).toMatchObject({ step: 1, overdue: false });
});

test("a preview that has ended ends the canary", () => {
  const rollout = new Rollout({ ...settings, until: 12_000 }).look().look();
  expect(rollout.state.outcome).toBe("running");
  expect(rollout.look().lines.at(-1)).toBe("back to 0 %: the preview has ended");
});

test("a state goes on from disk as it was", () => {
  const rollout = pass(new Rollout()).look().requests(1000, 500).look();
  const again = new Rollout();
  again.state = JSON.parse(JSON.stringify(rollout.state)) as CanaryState;
  again.counters.requests("own", 0, GOOD, always);
  expect(again.state.step).toBe(1);
  expect(again.state.counts.candidate.requests).toBe(500);
  const samples = rollout.requests(10, 10).counters.samples();
  expect(look(again.state, samples, settings, rollout.now + 5000)).toEqual(
    look(rollout.state, samples, settings, rollout.now + 5000),
  );
});

test("a candidate that rejects what stable answers goes back, without one error", () => {
  const rollout = new Rollout().look();
  const labels = { __name__: "gateway_requests_total", route: "/own", upstream: "own.canary" };
  rollout.requests(1000, 0).counters.add({ ...labels, status: "404" }, 200);
  rollout.look();
  expect(rollout.state.outcome).toBe("failed");
  expect(rollout.lines.at(-1)).toContain("rejected (4xx) 100 % against 0 %");
});

test("what fails for stable too is no reason to go back at once", () => {
  const down = { errors: 0.6, slow: 0 }; // always() is below
  const rollout = new Rollout().look();
  rollout.counters.requests("own", 400, down, always);
  rollout.requests(0, 40, down).look();
  expect(rollout.state.outcome).toBe("running");
});

test("the time while nothing watches does not count", () => {
  const rollout = new Rollout({ ...settings, stepMs: 90_000, onTimeout: "rollback" }).look();
  rollout.now += 3_600_000; // the project was stopped
  rollout.look();
  expect(rollout.state).toMatchObject({ outcome: "running", watched: 65_000 });
});

test("a state of another canary, or without what this program needs, is none", () => {
  const state = begin(settings, 0);
  expect(isStateOf(JSON.parse(JSON.stringify(state)), settings.id)).toBe(true);
  for (const other of [
    { ...state, id: "two" },
    { ...state, recent: undefined },
    { ...state, counts: {} },
    null,
    1,
    "x",
  ])
    expect(isStateOf(other, settings.id)).toBe(false);
});

test("where all clients are the candidate's, many errors end it without anything to compare with", () => {
  const some = new Rollout().look().requests(0, 400).look();
  some.counters.requests("own.canary", 40, { errors: 0.6, slow: 0 }, always); // 9 % of 440
  some.look();
  expect(some.state.outcome).toBe("failed");
  const few = new Rollout().look().requests(0, 300).look();
  few.counters.requests("own.canary", 6, { errors: 0.6, slow: 0 }, always);
  few.look();
  expect(few.state.verdict).toMatchObject({
    decision: "inconclusive",
    why: "nothing to compare with: all clients that send requests are among the 5 %",
  });
});

test("where no client is the candidate's, it says so", () => {
  const rollout = new Rollout().look().requests(500, 0).look();
  expect(rollout.state.verdict?.why).toBe(
    "none of the clients that sent 500 requests is among the 5 %: more clients, or a larger share, bring some",
  );
});
