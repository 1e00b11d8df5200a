import { main } from "./lib/fail.ts";
import { links } from "./lib/links.ts";

await main(() => console.log(links()));
