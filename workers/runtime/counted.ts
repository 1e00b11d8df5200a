import type { Counter, Gauge, Registry } from "prom-client";

/** Values of a metric by labels; rows of the same labels are added. */
export type Rows = [labels: Record<string, string>, value: number][];

/** A metric whose values are counted elsewhere. */
export function counted(kind: typeof Counter | typeof Gauge, registry: Registry) {
  return (name: string, help: string, labelNames: string[], rows: () => Rows) =>
    new kind({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const [labels, value] of rows()) this.inc(labels, value);
      },
    });
}
