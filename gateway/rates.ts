// The rate limits of a route: zones in generated.conf, and limit_req in its locations.
import type { Route, RoutePath } from "./routes.ts";

/** RATE_LIMIT and RATE_BURST. */
export interface Defaults {
  rate: string;
  burst: number;
}

/**
 * Whether requests are counted after authentication: limit_req runs before auth_request, where the user is unknown.
 * Without credentials there is no user: a public path counts addresses.
 */
export const countsUsers = (route: Route, path: Pick<RoutePath, "public">) =>
  !path.public && (route.rateBy === "user" || Object.keys(route.users).length > 0);

const perMinute = (rate: string) => Number.parseInt(rate, 10) * (rate.endsWith("r/s") ? 60 : 1);
/** A plain string in a map ignores case, user names do not. */
const exactly = (name: string) => `"~^${name.replace(/[.-]/g, "\\$&")}\\z"`;

interface Named {
  zone: string;
  rate: string;
  users: string[];
}

/** The users with rates of their own, one zone per rate. */
function named({ name, users }: Route): Named[] {
  const byRate = Map.groupBy(Object.keys(users), (user) => users[user]!);
  return [...byRate].map(([rate, all], i) => ({ zone: `${name}_users_${i + 1}`, rate, users: all }));
}

const key = (zone: string) => `$${zone.replaceAll("-", "_")}`;
const lines = (users: readonly string[], value: string) =>
  users.map((user) => `    ${exactly(user)} ${value};`);

/** A key that is empty, and so not counted, for some users. */
function keyMap(zone: string, initial: string, users: readonly string[], value: string): string {
  return `map $authenticated_user ${key(zone)} {\n    default ${initial};\n${lines(users, value).join("\n")}\n}`;
}

export function zones(route: Route, defaults: Defaults): string[] {
  const { name, users, rateBy, rate } = route;
  const byAddress = rate !== undefined && route.paths.some((path) => !countsUsers(route, path));
  const all: string[] = byAddress
    ? [`limit_req_zone $client_network zone=${name}_per_client:1m rate=${rate};`]
    : [];
  if (!route.paths.some((path) => countsUsers(route, path))) return all;
  for (const each of named(route))
    all.push(
      keyMap(each.zone, '""', each.users, "$authenticated_user"),
      `limit_req_zone ${key(each.zone)} zone=${each.zone}:64k rate=${each.rate};`,
    );
  const counted = rateBy === "user" ? "$authenticated_user" : "$client_network";
  const zone = `${name}_others`;
  return [
    ...all,
    keyMap(zone, counted, Object.keys(users), '""'),
    `limit_req_zone ${key(zone)} zone=${zone}:1m rate=${rate ?? defaults.rate};`,
  ];
}

/**
 * limit_req of a location. `anonymous`: in the first location of a path that counts users; an empty key does not mark the
 * request as counted, so the named location still counts it.
 */
export function limits(route: Route, path: RoutePath, defaults: Defaults, anonymous: boolean): string[] {
  const burst = path.burst ?? defaults.burst;
  if (anonymous) return [`limit_req zone=anonymous burst=${burst} nodelay;`];
  if (!countsUsers(route, path))
    return [
      `limit_req zone=${route.rate ? `${route.name}_per_client` : "per_client"} burst=${burst} nodelay;`,
    ];
  // The burst of a user's own rate is that of the route in proportion: both allow the same time of requests at once.
  const usual = perMinute(route.rate ?? defaults.rate);
  return [
    ...named(route).map(({ zone, rate }) => {
      const own = Math.max(burst, Math.ceil((burst * perMinute(rate)) / usual));
      return `limit_req zone=${zone} burst=${own} nodelay;`;
    }),
    `limit_req zone=${route.name}_others burst=${burst} nodelay;`,
  ];
}
