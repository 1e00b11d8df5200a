// Passwords and secrets from a prompt without echo or from standard input: arguments are visible to every user of the
// machine.
import { UserError } from "../settings/fail.ts";

export const wantsGenerated = () => process.env["GENERATE"] === "yes";

export function randomPassword(): string {
  return crypto.getRandomValues(new Uint8Array(24)).toBase64();
}

/** One line for each prompt on a terminal, without echo; otherwise one line of standard input. */
export async function readSecretly(prompts: string[]): Promise<string[]> {
  const terminal = process.stdin.isTTY;
  const echo = (mode: "echo" | "-echo") => terminal && Bun.spawnSync(["stty", mode], { stdin: "inherit" });
  const answers: string[] = [];
  echo("-echo");
  try {
    if (terminal) process.stderr.write(prompts[0] ?? "");
    for await (const text of console) {
      answers.push(text);
      if (!terminal) break;
      process.stderr.write(`\n${prompts[answers.length] ?? ""}`);
      if (answers.length === prompts.length) break;
    }
    return answers;
  } finally {
    echo("echo");
  }
}

/** A line on a terminal, otherwise all of standard input without one newline at its end. @throws UserError for nothing. */
export async function readText(prompt: string): Promise<string> {
  const text = process.stdin.isTTY
    ? ((await readSecretly([prompt]))[0] ?? "")
    : (await Bun.stdin.text()).replace(/\r?\n$/, "");
  if (text === "") throw new UserError("the text is empty; nothing was changed");
  return text;
}
