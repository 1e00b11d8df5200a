// The request of the form as a command to paste.

import { signedInAs } from "./api.js";
import { find } from "./dom.js";

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

export function showCurl(sentence, version) {
  const lines = [
    `curl --cacert gateway/certs/nginx.crt -u ${signedInAs() ?? "admin"} ${location.origin}/predict`,
    "  -H 'Content-Type: application/json'",
    ...(version === "v2" ? ["  -H 'X-Experiment-Group: debug'"] : []),
    `  -d ${quoted(JSON.stringify({ sentence }))}`,
  ];
  find("#curl code").textContent = lines.join(" \\\n");
}
