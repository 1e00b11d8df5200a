// For logrotate, after it renamed the logs.
import { main } from "../lib/fail.ts";
import { reopenLogs } from "./logs.ts";

await main(reopenLogs);
