// Loaded before a worker with addons, in its image: a healthcheck must not load the addons and the worker's model.
if (process.argv.includes("--healthcheck")) {
  const url = `http://127.0.0.1:${process.env["PORT"]}/readyz`;
  const answer = await fetch(url).catch(() => undefined);
  process.exit(answer?.ok ? 0 : 1);
}

export {};
