import { expect, test } from "bun:test";
import { fill } from "./render.ts";

test("capitals are filled and nginx's own variables stay", () => {
  expect(fill("listen ${PORT}; return 301 https://$host${uri};", { PORT: "443" })).toBe(
    "listen 443; return 301 https://$host${uri};",
  );
});

test("a missing variable stops with the file and the name", () => {
  expect(() => fill("${NOPE}", {}, "tls.conf")).toThrow("tls.conf needs the variable NOPE");
});
