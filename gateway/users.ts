// make user-add | user-remove | user-list. The password comes from a prompt or standard input, never an argument:
// arguments are seen by every user of the machine.

import { republishSecrets } from "../ops/compose/secrets.ts";
import { setting } from "../ops/lib/compose.ts";
import { main, UserError } from "../ops/lib/fail.ts";
import { passwordProblem, USER_NAME } from "../ops/lib/validate.ts";
import { publishPasswords } from "../ops/native/gateway.ts";
import { hashPassword, readUsers, writeUsers } from "./passwords.ts";

async function line(): Promise<string> {
  for await (const text of console) return text;
  return "";
}

/** Asks twice on a terminal, without showing what is typed. */
async function ask(name: string): Promise<string> {
  if (!process.stdin.isTTY) return line();
  const echo = (mode: "echo" | "-echo") => Bun.spawnSync(["stty", mode], { stdin: "inherit" });
  echo("-echo");
  try {
    process.stderr.write(`password for ${name}: `);
    const first = await line();
    process.stderr.write("\nthe same again: ");
    const second = await line();
    process.stderr.write("\n");
    if (first !== second) throw new UserError("the two passwords differ; nothing was changed");
    return first;
  } finally {
    echo("echo");
  }
}

async function add(name: string): Promise<string> {
  if (name === setting("GATEWAY_USER")) {
    throw new UserError(`${name} is GATEWAY_USER: set GATEWAY_PASSWORD in .env, then make reload`);
  }
  const generated = process.env["GENERATE"] === "yes";
  const password = generated ? crypto.getRandomValues(new Uint8Array(24)).toBase64() : await ask(name);
  const problem = passwordProblem(password);
  if (problem) throw new UserError(`${problem}; nothing was changed`);
  const users = readUsers();
  const known = users.has(name);
  users.set(name, { hash: await hashPassword(password), fromSettings: false });
  writeUsers(users);
  if (generated) console.log(password);
  return `${name} ${known ? "has a new password" : "may predict"}`;
}

function remove(name: string): string {
  if (name === setting("GATEWAY_USER")) {
    throw new UserError(`${name} is GATEWAY_USER, which every start makes again; name another in .env first`);
  }
  const users = readUsers();
  if (!users.delete(name)) throw new UserError(`there is no user ${name}; make user-list shows them`);
  writeUsers(users);
  return `${name} is removed`;
}

await main(async () => {
  const command = process.argv[2];
  if (command === "list") {
    for (const [user, { fromSettings }] of readUsers())
      console.log(fromSettings ? `${user} (GATEWAY_USER)` : user);
    return;
  }
  const name = process.env["NAME"] ?? "";
  if (!USER_NAME.test(name)) throw new UserError(`say NAME=…: 1 to 64 of A-Z a-z 0-9 . _ -`);
  const done = command === "remove" ? remove(name) : await add(name);
  process.stderr.write(`${done}; an old password may work for another minute (at once: make reload)\n`);
  publishPasswords();
  republishSecrets();
});
