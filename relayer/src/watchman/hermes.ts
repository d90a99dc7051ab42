import type { Hex } from "viem";
import { z } from "zod";
import { RelayerError, toErrorRecord } from "../runtime/errors.ts";

/** A price as its publishers signed it: price · 10^expo. Time in seconds. */
export type HermesPrice = { id: Hex; price: bigint; expo: number; publishTime: number };

/** The newest prices, and the signed update that brings them on chain. */
export type HermesAnswer = { prices: HermesPrice[]; update: Hex[] };

const TIMEOUT_MS = 10_000;
const hex = z.string().regex(/^(0x)?([0-9a-fA-F]{2})*$/);
const answer = z.object({
  binary: z.object({ encoding: z.literal("hex"), data: z.array(hex).min(1).max(32) }),
  parsed: z.array(
    z.object({
      id: z.string().regex(/^(0x)?[0-9a-fA-F]{64}$/),
      price: z.object({
        price: z.string().regex(/^-?\d{1,19}$/),
        expo: z.number().int().min(-64).max(64),
        publish_time: z.number().int().nonnegative(),
      }),
    }),
  ),
});

const withPrefix = (text: string): Hex => (text.startsWith("0x") ? text : `0x${text}`) as Hex;

/**
 * Asks a Hermes-compatible service (`/v2/updates/price/latest`) for the newest prices. What it says is only believed so far as to decide whether to push: Pyth's
 * contract checks the signatures.
 *
 * @throws RelayerError `hermes`, without the URL's path.
 */
export async function latestPrices(base: string, ids: readonly Hex[]): Promise<HermesAnswer> {
  const url = new URL(`${base.replace(/\/$/, "")}/v2/updates/price/latest`);
  for (const id of ids) url.searchParams.append("ids[]", id);
  url.searchParams.append("encoding", "hex");
  url.searchParams.append("parsed", "true");
  const fail = (why: string) =>
    new RelayerError("hermes", `The price service ${url.host} does not give the prices asked for: ${why}.`);
  let body: unknown;
  try {
    const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    body = await response.json();
  } catch (error) {
    throw fail(toErrorRecord(error).message);
  }
  const parsed = answer.safeParse(body);
  if (!parsed.success) throw fail("its answer has another form");
  const prices = parsed.data.parsed.map(({ id, price: { price, expo, publish_time: publishTime } }) => ({
    id: withPrefix(id.toLowerCase()),
    price: BigInt(price),
    expo,
    publishTime,
  }));
  const missing = ids.filter((id) => !prices.some((each) => each.id === id));
  if (missing.length > 0) throw fail(`no price of ${missing.join(", ")}`);
  return { prices, update: parsed.data.binary.data.map(withPrefix) };
}
