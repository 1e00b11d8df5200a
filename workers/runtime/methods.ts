import type { ByPart } from "./decoded.ts";

/** A route as Elysia lists it. */
export interface Route {
  method: string;
  path: string;
  hooks: ByPart;
}

/** Elysia's router. */
interface Matcher<T> {
  add(method: string, path: string, value: T): unknown;
  find(method: string, path: string): { store: T } | null;
}

/** The used part of an Elysia app. */
export interface Routed {
  readonly routes: Route[];
  readonly router: { readonly http: object };
}

/** A path that has other methods than the request's. */
interface OtherMethods {
  /** The route pattern. */
  route: string;
  /** Each method once; HEAD is answered where GET is. */
  methods: string[];
}

/**
 * Finds the methods of a path by a router of Elysia's own class with the app's patterns: the app's own does not tell the
 * pattern, and has no paths without parameters.
 */
export function methodsOf(app: () => Routed): (path: string) => OtherMethods | undefined {
  let patterns: Matcher<string> | undefined;
  const methods = new Set<string>();
  const build = () => {
    const { routes, router } = app();
    const built = new (router.http.constructor as new () => Matcher<string>)();
    for (const { method, path } of routes) {
      methods.add(method);
      built.add(method, path, path);
    }
    return built;
  };
  return (path) => {
    patterns ??= build(); // at the first request, when all routes are known
    const found = new Set<string>();
    let route: string | undefined;
    for (const method of methods) {
      const match = patterns.find(method, path);
      if (!match) continue;
      route ??= match.store;
      found.add(method);
      if (method === "GET") found.add("HEAD");
    }
    return route === undefined ? undefined : { route, methods: [...found].sort() };
  };
}
