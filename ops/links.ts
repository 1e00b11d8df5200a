import { links } from "./host/links.ts";
import { main } from "./settings/fail.ts";

await main(() => console.log(links()));
