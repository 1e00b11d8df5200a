/** Says how many requests of an access log were answered and how many of them with a gateway error. */
export function countRequests(accessLog: string): string {
  const statuses = [...accessLog.matchAll(/"status":"(\d{3})"/g)].map(([, status]) => Number(status));
  if (statuses.length === 0) return "no requests came meanwhile";
  const failed = statuses.filter((status) => status >= 500).length;
  return `${statuses.length} requests were answered meanwhile, ${failed} of them with a 5xx`;
}
