// The sample of a shadow: live requests that the gateway marks for a worker to keep (workers/runtime/shadow/recorder.ts).

export interface Sample {
  /** The worker whose requests are sampled. */
  worker: string;
  /** As the route file has it, without its star; absent: all paths of the worker. */
  path?: string;
  /** Percent of the requests, 0 to 100. */
  percent: number;
  /** The value of X-Shadow. */
  mark: string;
}

/** A path as a regular expression; routes.ts limits its characters. */
const escaped = (text: string) => text.replace(/[^\w/~:@=-]/g, "\\$&");

/** `$shadow_mark`: empty for a request that is not of the sample, so that nginx sends no X-Shadow. */
export function sampleConf(sample: Sample | undefined): string {
  if (!sample || sample.percent === 0) return `map "" $shadow_mark {\n    default "";\n}`;
  const { worker, path, percent, mark } = sample;
  const marked = `"~^1 ${worker} ${path === undefined ? "" : `${escaped(path)}\\z`}" ${mark};`;
  // 100% is no share that split_clients accepts beside "*".
  const sampled =
    percent === 100
      ? `map "" $shadow_sampled {\n    default 1;\n}`
      : `split_clients "shadow $request_id" $shadow_sampled {\n    ${percent.toFixed(2)}% 1;\n    *     0;\n}`;
  return `${sampled}\nmap "$shadow_sampled $worker $route" $shadow_mark {\n    default "";\n    ${marked}\n}`;
}
