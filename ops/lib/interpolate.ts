const REFERENCE = /\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?])([^{}]*))?\})/g;

/**
 * Compose's variable syntax, https://docs.docker.com/reference/compose-file/interpolation/:
 * `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}` and `$$`.
 * @throws Error for `${NAME:?message}` when NAME is missing, with the message.
 */
export function interpolate(text: string, env: Record<string, string | undefined>): string {
  return text.replace(REFERENCE, (_whole, name?: string, operator = "", rest = "") => {
    if (name === undefined) return "$";
    const value = env[name];
    const missing = value === undefined || (operator.startsWith(":") && value === "");
    if (!missing) return value;
    if (operator.endsWith("?")) throw new Error(`${name} is required: ${rest}`);
    return rest;
  });
}

/** Every variable a text refers to, with its default. */
export function defaults(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name, , rest = ""] of text.matchAll(REFERENCE)) if (name) found.set(name, rest);
  return found;
}
