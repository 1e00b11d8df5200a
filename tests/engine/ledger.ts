// The worker of worker-fields.sh: adds a row for each request, has a secret, and connects to other hosts.
import type { Database } from "bun:sqlite";
import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { t } from "elysia";
import { database, problemResponses, secret, serve, Text, worker } from "../../workers/runtime/index.ts";

const key = secret("LEDGER_KEY");
/** Opened at the first request: a replica is ready without it. */
let ledger: Database | undefined;

function rows(text: string): number {
  if (!ledger) {
    ledger = database("ledger.sqlite");
    ledger.run("CREATE TABLE IF NOT EXISTS texts (text TEXT)");
  }
  ledger.run("INSERT INTO texts VALUES (?)", [text]);
  return (ledger.query("SELECT max(rowid) AS n FROM texts").get() as { n: number }).n;
}

/** "resolve HOST" and "connect HOST PORT": "yes" or the error's code. */
async function reach(text: string): Promise<string> {
  const [verb, host = "", port] = text.split(" ");
  try {
    if (verb === "resolve") await lookup(host);
    else if (verb === "connect")
      await new Promise<void>((resolve, reject) => {
        const socket = connect({ host, port: Number(port), timeout: 2000 }, () => {
          socket.destroy();
          resolve();
        });
        socket.on("error", reject);
        socket.on("timeout", () =>
          socket.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })),
        );
      });
    else return "not asked";
    return "yes";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

export const app = worker("ledger", { description: "Keeps texts." }).post(
  "/ledger",
  async ({ body }) => ({ rows: rows(body.text), key: key(), reached: await reach(body.text) }),
  {
    body: t.Object({ text: Text(5000, { description: "A text.", examples: ["Hello, world"] }) }),
    response: {
      200: t.Object({ rows: t.Integer(), key: t.String(), reached: t.String() }),
      ...problemResponses,
    },
    detail: { summary: "Keep a text" },
  },
);

if (import.meta.main) serve(app);
