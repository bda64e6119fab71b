/**
 * Origin and names of the log of one partition of the topic `audit`. Deployments share the origin and differ in their
 * key, which is part of a log's identity wherever it is checked (`.internal` is reserved for private use, ICANN 2024).
 */
export const auditLogOf = (partition: number): { readonly origin: string; readonly prefix: string } => ({
  origin: `sotto.internal/audit/${partition}`,
  prefix: `audit/${partition}/`,
});
