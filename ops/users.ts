// make user-add | user-remove | user-list. The password comes from a prompt or standard input: arguments are visible to
// every user of the machine.

import { relative } from "node:path";
import { hashPassword, PASSWORD_FILE, readUsers, type User, writeUsers } from "../gateway/passwords.ts";
import { exclusively, USERS } from "./host/lock.ts";
import { randomPassword, readSecretly, wantsGenerated } from "./host/prompt.ts";
import { all, type UsersCopy } from "./runtime.ts";
import { UserError } from "./settings/fail.ts";
import { ROOT, setting } from "./settings/project.ts";
import { passwordProblem, USER_NAME } from "./settings/validate.ts";

/** Asks twice on a terminal. */
async function ask(name: string): Promise<string> {
  const [first = "", second = first] = await readSecretly([`password for ${name}: `, "repeat: "]);
  if (first !== second) throw new UserError("the two passwords differ; nothing was changed");
  return first;
}

/** A change of the users. Prompts and hashing happen before, so that it runs quickly under the lock. */
type Change = (users: Map<string, User>) => string;

async function add(name: string): Promise<Change> {
  if (name === setting("GATEWAY_USER")) {
    throw new UserError(`${name} is GATEWAY_USER: set GATEWAY_PASSWORD in .env, then make reload`);
  }
  const generated = wantsGenerated();
  const password = generated ? randomPassword() : await ask(name);
  const problem = passwordProblem(password);
  if (problem) throw new UserError(`${problem}; nothing was changed`);
  const hash = await hashPassword(password);
  return (users) => {
    const known = users.has(name);
    users.set(name, { hash, fromSettings: false });
    writeUsers(users);
    if (generated) console.log(password);
    return known ? `password of ${name} changed` : `user ${name} added`;
  };
}

function remove(name: string): Change {
  if (name === setting("GATEWAY_USER")) {
    throw new UserError(`${name} is GATEWAY_USER, which every start creates; set another in .env first`);
  }
  return (users) => {
    if (!users.delete(name)) throw new UserError(`there is no user ${name}; make user-list shows them`);
    writeUsers(users);
    return `user ${name} removed`;
  };
}

/**
 * Publishes the changed file to every copy. @returns whether there is a copy.
 * @throws UserError with the places where the change is and is not in effect.
 */
function publish(done: string, copies: UsersCopy[]): boolean {
  const reached = [relative(ROOT, PASSWORD_FILE)];
  const missed: string[] = [];
  for (const { place, publish } of copies) {
    if (!publish) continue;
    try {
      publish();
      reached.push(place);
    } catch (error) {
      missed.push(`${place} (${(error as Error).message})`);
    }
  }
  if (missed.length > 0)
    throw new UserError(
      `${done}, but only in part: done in ${reached.join(" and ")}; not done in ${missed.join(" and ")}: fix that, then make reload`,
    );
  return reached.length > 1;
}

/** When a change takes effect, and the command that applies it at once. */
function effect(command: string, done: string): string {
  if (command === "remove")
    return "the password may still work for up to a minute; to end that now: make reload";
  if (done.startsWith("user")) return "the password works now";
  return "the new one works now; the old one may still work for up to a minute; to end that now: make reload";
}

function list(): void {
  for (const [user, { fromSettings }] of readUsers())
    console.log(fromSettings ? `${user} (GATEWAY_USER)` : user);
}

export async function users(command = ""): Promise<void> {
  if (command === "list") return list();
  const name = process.env["NAME"] ?? "";
  if (!USER_NAME.test(name)) throw new UserError(`set NAME=…: 1 to 64 of A-Z a-z 0-9 . _ -`);
  const change = command === "remove" ? remove(name) : await add(name);
  const runtimes = await all();
  const { done, running, copies } = await exclusively(USERS, () => {
    const done = change(readUsers());
    const copies = runtimes.flatMap((runtime) => runtime.users() ?? []);
    return { done, running: publish(done, copies), copies };
  });
  // Not console.error, which Bun prints in red on a terminal.
  const say = (line: string) => process.stderr.write(`${line}\n`);
  say(`${done}: ${running ? effect(command, done) : "takes effect with make start-project"}`);
  for (const { place, later } of copies) if (later) say(`on ${place} it takes effect with: ${later}`);
}
