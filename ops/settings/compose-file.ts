import { LineCounter, parseDocument, visit } from "yaml";
import { UserError } from "./fail.ts";
import { type Environment, interpolate, variablesOf } from "./interpolate.ts";

/** The used fields of a service. Other forms that Compose knows are possible too (worker-fields.ts). */
export interface Service {
  environment?: Record<string, string | number | boolean | null> | string[];
  secrets?: unknown[];
  volumes?: unknown[];
  networks?: Record<string, unknown> | string[];
  /** A string where a variable gave it. */
  deploy?: { replicas?: number | string };
}

export interface ComposeFile {
  /** Of the project. */
  name?: string;
  services: Record<string, Service>;
  secrets?: Record<string, { file?: string } | null>;
  volumes?: Record<string, unknown>;
}

function checkServices({ services }: Partial<ComposeFile>): void {
  const isMap = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap(services)) throw new UserError("no services");
  for (const [name, service] of Object.entries(services ?? {})) {
    if (!isMap(service)) throw new UserError(`the service ${name} is empty`);
    if (!/^\d+$/.test(String(service.deploy?.replicas ?? 1)))
      throw new UserError(`deploy.replicas of ${name} must be a whole number`);
  }
}

/**
 * compose.yaml with interpolated values, and the value of each variable. As in Compose, the file is parsed first: keys
 * are not interpolated, and an interpolated value is a string.
 * @param known the settings; another default in the file is an error.
 * @throws UserError with the line, where known.
 */
export function readCompose(
  text: string,
  env: Environment,
  known: Readonly<Record<string, string>> = {},
): { compose: ComposeFile; settings: Record<string, string> } {
  const lineCounter = new LineCounter();
  const settings = new Map<string, string | undefined>(Object.entries(known));
  let at: number | undefined;

  function note([name, value]: [string, string | undefined]): void {
    const other = settings.get(name);
    if (value !== undefined && other !== undefined && value !== other)
      throw new UserError(
        `${name} has two defaults: "${other}"${name in known ? " (ops/settings/table.ts)" : ""} and "${value}"`,
      );
    settings.set(name, other ?? value);
  }

  try {
    const document = parseDocument(text, { merge: true, prettyErrors: false, lineCounter });
    for (const error of document.errors) {
      at = error.pos[0];
      throw error;
    }
    visit(document, {
      Scalar(key, node) {
        if (key === "key" || typeof node.value !== "string") return;
        at = node.range?.[0];
        variablesOf(node.value, env).forEach(note);
        node.value = interpolate(node.value, env);
      },
    });
    at = undefined;
    const compose = document.toJS() as ComposeFile;
    checkServices(compose ?? {});
    return {
      compose,
      settings: Object.fromEntries([...settings].map(([name, value = ""]) => [name, value])),
    };
  } catch (error) {
    const line = at === undefined ? "" : `:${lineCounter.linePos(at).line}`;
    throw new UserError(`compose.yaml${line}: ${(error as Error).message.replace(/\s+/g, " ")}`);
  }
}
