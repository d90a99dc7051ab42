import type { ChainStatus, Operator } from "./operator.ts";

/** A store that takes longer is as good as gone. */
const storeTimeoutMs = 2_000;

/** Why the relayer is not ready; empty when it is. */
export async function readiness(operator: Operator): Promise<string[]> {
  const now = operator.clock.now();
  const reasons = operator.chains().flatMap((chain) => chainReasons(chain, operator.ready, now));
  if (!(await storeAnswers(operator))) reasons.push(`The store did not answer within ${storeTimeoutMs} ms.`);
  if (operator.stopping()) reasons.push("The relayer is stopping.");
  return reasons;
}

function chainReasons(chain: ChainStatus, bounds: Operator["ready"], now: number): string[] {
  const { name, head, nodeHead, polledAt, halted, unagreed } = chain;
  const { maxLagBlocks, maxLagSeconds } = bounds;
  if (halted != null) return [`Chain ${name} is halted: ${halted}.`];
  if (unagreed != null) return [`Nothing of chain ${name} is planned: ${unagreed.reason}.`];
  if (polledAt === null) return [`Chain ${name} has not been read to its head since the start.`];
  const reasons: string[] = [];
  const silentSeconds = Math.floor((now - polledAt) / 1_000);
  if (silentSeconds > maxLagSeconds)
    reasons.push(`Chain ${name} was last read ${silentSeconds} s ago; at most ${maxLagSeconds} s are allowed.`);
  const behind = nodeHead === null ? 0 : nodeHead - head.number;
  if (behind > maxLagBlocks)
    reasons.push(`Chain ${name} is ${behind} blocks behind its node; at most ${maxLagBlocks} are allowed.`);
  const ageSeconds = Math.floor(now / 1_000 - head.timestamp);
  if (ageSeconds > maxLagSeconds)
    reasons.push(`The last block of chain ${name} is ${ageSeconds} s old; at most ${maxLagSeconds} s are allowed.`);
  return reasons;
}

async function storeAnswers({ database, clock }: Operator): Promise<boolean> {
  const sleeper = new AbortController();
  try {
    return await Promise.race([
      database.query("select 1").then(
        () => true,
        () => false,
      ),
      clock.sleep(storeTimeoutMs, sleeper.signal).then(() => false),
    ]);
  } finally {
    sleeper.abort();
  }
}
