import type { GasBalance, Prometheus } from "../metrics/prometheus.ts";
import { readBacklog } from "../store/backlog.ts";
import type { Operator } from "./operator.ts";

/** What the HTTP interface may see, from the parts of a running relayer. */
export function createOperator(
  parts: Omit<Operator, "metrics"> & { prometheus: Prometheus; balances: () => GasBalance[] },
): Operator {
  const { prometheus, balances, ...operator } = parts;
  const { database, clock, chains } = operator;
  return {
    ...operator,
    metrics: async () => ({
      text: await prometheus.render({ backlog: () => readBacklog(database), chains, balances, now: clock.now }),
      contentType: prometheus.contentType,
    }),
  };
}
