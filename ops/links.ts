import { links } from "./lib/links.ts";

console.log(links());
