import { join } from "node:path";
import { settings } from "../../ops/settings/project.ts";

/** Template variables of a test gateway in folder `dir`; its servers listen on sockets there. */
export function gatewayVariables(dir: string): Record<string, string> {
  const user = process.getuid?.() === 0 ? "user root;" : ""; // the folder is closed to other users
  return {
    ...settings,
    HTTPS_LISTEN: "8443 ssl",
    HTTP2_DIRECTIVE: "",
    HTTP_LISTEN: `unix:${dir}/http.sock`,
    STATUS_LISTEN: `unix:${dir}/status.sock`,
    ACCESS_LOG: join(dir, "access.log"),
    METRICS_LOG: join(dir, "metrics.log"),
    RUN_DIR: dir,
    WWW_DIR: join(dir, "www"),
    USER_DIRECTIVE: user,
    VERIFIER_USER_DIRECTIVE: user,
    TLS_CERTIFICATE: join(dir, "nginx.crt"),
    TLS_CERTIFICATE_KEY: join(dir, "nginx.key"),
    PASSWORD_FILE: join(dir, "htpasswd"),
    AUTH_DIR: join(dir, "auth"),
  };
}
