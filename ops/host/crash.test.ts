// The logs are those of real programs: Bun 1.4.5 with a linked source map, nginx 1.22, Prometheus 2.42.
import { expect, test } from "bun:test";
import { crashReason, ending } from "./crash.ts";

const LISTENING = '{"time":"2026-01-01T00:00:00.000Z","level":"info","msg":"listening","port":8080}';
const FRAME = `7 | function readConfig(text: string): Config {
8 |   if (!text) throw new Error("INVOICE_TABLE is missing");
                           ^
`;
const logs: [name: string, log: string, reason: string | undefined][] = [
  [
    "an error at module level has the position in the source",
    `${FRAME}error: INVOICE_TABLE is missing
      at readConfig (/project/workers/invoices.ts:8:24)
      at /project/workers/invoices.ts:12:23

Bun v1.4.5 (Linux x64)
`,
    "INVOICE_TABLE is missing (workers/invoices.ts:8)",
  ],
  [
    "in a compiled image the paths are relative",
    `${FRAME}error: INVOICE_TABLE is missing\n      at uD (workers/invoices.ts:8:24)\n`,
    "INVOICE_TABLE is missing (workers/invoices.ts:8)",
  ],
  [
    "of a message of several lines the first is quoted, even if another looks like an error",
    `${LISTENING}
6 |     throw new Error("the table is empty");
                  ^
error: the table is empty
TypeError: of the second line

and a third
      at <anonymous> (/project/workers/warm.ts:6:15)
      at async start (/project/workers/runtime/lifecycle.ts:9:11)
`,
    "the table is empty (workers/warm.ts:6)",
  ],
  [
    "an error thrown in a package has the line of the worker that called it",
    `5 | x
    ^
ZodError: [
  { "code": "invalid_type" }
]
      at parse (/project/node_modules/zod/index.js:10:3)
      at <anonymous> (/project/workers/a.ts:4:9)
`,
    "ZodError: [ (workers/a.ts:4)",
  ],
  [
    "an error of the system keeps its code; its members are not the message",
    `3 | readFileSync("/nope");
    ^
ENOENT: no such file or directory, open '/nope'
    path: "/nope",
 syscall: "open",
   errno: -2,
    code: "ENOENT"

      at <anonymous> (/project/workers/a.ts:3:1)
`,
    "ENOENT: no such file or directory, open '/nope' (workers/a.ts:3)",
  ],
  [
    "of two crashes the last",
    `${FRAME}error: first\n      at x (/project/workers/a.ts:1:1)\n${FRAME}error: second\n      at x (/project/workers/a.ts:2:1)\n`,
    "second (workers/a.ts:2)",
  ],
  ["a thrown text has no position", "error: just text\njust text\n\nBun v1.4.5 (Linux x64)\n", "just text"],
  [
    "a missing module has no frame",
    "error: Cannot find module './x' from '/run/w/a.js'\n\nBun v1.4.5 (Linux x64)\n",
    "Cannot find module './x' from '/run/w/a.js'",
  ],
  [
    "the runtime's own line",
    "error: DRAIN_DELAY_MS must be a whole number from 0 to 60000\n",
    "DRAIN_DELAY_MS must be a whole number from 0 to 60000",
  ],
  [
    "an error that a worker logged before it stopped",
    `${LISTENING}\n{"level":"error","msg":"uncaught error: the worker stops","stack":"Error: the table is gone\\n    at fail (/project/workers/a.ts:5:13)"}\n{"level":"info","msg":"stopped","unfinished":0}\n`,
    "Error: the table is gone (workers/a.ts:5)",
  ],
  ["the last line a worker wrote itself", `no licence\n${LISTENING}\n`, "no licence"],
  ["a log without an error", `${LISTENING}\n`, undefined],
  ["an empty log", "", undefined],
  [
    "nginx",
    "2026/01/01 00:00:00 [emerg] 1#1: bind() to 127.0.0.1:8443 failed (98: Address already in use)\n2026/01/01 00:00:00 [notice] 1#1: try again\n",
    "2026/01/01 00:00:00 [emerg] 1#1: bind() to 127.0.0.1:8443 failed (98: Address already in use)",
  ],
];
for (const [name, log, reason] of logs)
  test(name, () => expect(crashReason(log, "/project")).toBe(reason as string));

test("an exit code other than 1, and a signal, are named", () => {
  expect(ending("no licence\n", { code: 3 })).toBe("it exited with code 3: no licence");
  expect(ending("", { code: 3 })).toBe("it exited with code 3 and wrote no error");
  expect(ending("", { code: 0, signal: "SIGKILL" })).toBe("it was ended by SIGKILL and wrote no error");
  expect(ending("error: no table\n", { code: 1 })).toBe("no table");
  expect(ending("", { code: 137, outOfMemory: true })).toStartWith("it used more memory than its limit");
});
