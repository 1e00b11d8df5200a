import { expect, test } from "bun:test";
import { listReplicas } from "./gateway.ts";

const upstream = `upstream a {
    resolver 127.0.0.11 valid=2s;
    server a:8080 resolve max_fails=1;
    include snippets/upstream.conf;
}
`;

test("the server line becomes one line a replica and a backup, and the resolver goes", () => {
  expect(listReplicas(upstream, "a", [1, 2], 3)).toBe(`upstream a {
    server 127.0.0.1:1 max_fails=1;
    server 127.0.0.1:2 max_fails=1;
    server 127.0.0.1:3 max_fails=1 backup;
    include snippets/upstream.conf;
}
`);
});

test("a file without that line is refused by name", () => {
  expect(() => listReplicas("upstream a {}", "a", [1], 2)).toThrow(
    "upstreams/a.conf.template has no server line",
  );
});
