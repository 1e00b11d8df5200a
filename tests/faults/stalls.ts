// When this process itself was late: its servers were then slow and its clients impatient, whatever the gateway did.
const TICK_MS = 25;
const LATE_MS = 250;

let last = performance.now();
let latest = Number.NEGATIVE_INFINITY;
setInterval(() => {
  const now = performance.now();
  if (now - last - TICK_MS > LATE_MS) latest = now;
  last = now;
}, TICK_MS).unref();

/** True when this process stood still for a quarter of a second after `time`. */
export function stalledSince(time: number): boolean {
  return latest > time || performance.now() - last - TICK_MS > LATE_MS;
}
