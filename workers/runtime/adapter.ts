import type { TSchema } from "@sinclair/typebox";
import type { Context } from "elysia";
import type { ElysiaAdapter } from "elysia/adapter";
import { BunAdapter } from "elysia/adapter/bun";
import { expectation } from "./expectation.ts";
import { fieldProblem } from "./violations.ts";

/** Makes a Response of a handler's value and the context's `set`. */
export type Make = (value: unknown, set: Context["set"], request?: Request) => unknown;

interface Hook {
  fn: unknown;
}

/** The used part of a route's hooks. */
interface Hooks {
  parse?: Hook[];
  transform?: Hook[];
  body?: unknown;
}

/** Our parser is the default only: after functions of a route or a plugin, and not where a route names one of Elysia's. */
function placeParser(hooks: Hooks, ours: unknown): void {
  const { parse = [] } = hooks;
  const own = parse.filter(({ fn }) => fn === ours);
  const others = parse.filter(({ fn }) => fn !== ours);
  if (others.length === 0) return;
  hooks.parse = others.some(({ fn }) => typeof fn === "string") ? others : [...others, ...own];
}

const checked = new WeakSet<Hooks>();

/** Elysia makes an array of any value before it checks the items: of a text, one item for each character. */
function checkArray(hooks: Hooks): void {
  const schema = hooks.body as TSchema | undefined;
  if (schema?.["type"] !== "array" || checked.has(hooks)) return;
  checked.add(hooks);
  const fn = ({ body }: { body: unknown }) => {
    if (body === undefined || Array.isArray(body)) return;
    throw fieldProblem([{ field: "(body)", message: expectation(schema) }]);
  };
  hooks.transform = [...(hooks.transform ?? []), { fn }];
}

/**
 * Elysia's adapter for Bun, where `answer` makes every Response: a status that `resolve` returns, an error's and a
 * mapped one come by no hook.
 */
export function workerAdapter(answer: (make: Make, early: boolean) => Make, parser: unknown): ElysiaAdapter {
  const { handler } = BunAdapter;
  return {
    ...BunAdapter,
    handler: {
      ...handler,
      mapResponse: answer(handler.mapResponse as Make, false),
      mapEarlyResponse: answer(handler.mapEarlyResponse as Make, true),
    },
    beforeCompile: ({ router }) => {
      for (const { hooks } of router.history as { hooks: Hooks }[]) {
        placeParser(hooks, parser);
        checkArray(hooks);
      }
    },
  };
}
