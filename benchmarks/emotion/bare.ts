// A minimal Bun server: a constant response, without authentication, log or metrics.
const answer = JSON.stringify({ "prediction value": "neutral" });
const headers = { "content-type": "application/json" };

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env["PORT"]),
  idleTimeout: 75,
  fetch: () => new Response(answer, { headers }),
});
