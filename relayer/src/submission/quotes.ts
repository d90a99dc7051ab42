import type { Deployment } from "@hypothec/sdk";
import type { Address } from "viem";
import type { Config } from "../config/schema.ts";
import type { CallName, FeeAsset } from "./calls.ts";
import type { SubmissionMarket } from "./market.ts";
import { costOf, feeWorth, leastWorth, raised } from "./worth.ts";

/** Gas of a call with a fee, as measured (docs/measurements.md, docs/fees.md) and rounded up: the vault's pays two out of a withdrawal. */
export const typicalGas: Record<CallName, bigint> = { transact: 450_000n, openFor: 650_000n, refreshFor: 480_000n };

/** A fee that this operator would take now. Binding it does not reserve anything. */
export type Quote = {
  call: CallName;
  chain: string;
  /** Units of the asset: shared units of a slot, or units of the debt token. */
  fee: bigint;
  /** µUSD that the operator expects to spend. */
  costUsd: bigint;
  asset: FeeAsset & { symbol: string };
};

/**
 * What to bind for each call in each asset, with room for a gas price that rises. Assets without a price are left out.
 *
 * @throws RelayerError `price_missing` when not even gas can be priced.
 */
export async function quotesOf(
  deployment: Deployment,
  config: NonNullable<Config["roles"]["submitter"]>,
  market: SubmissionMarket,
): Promise<Quote[]> {
  const { vaultChain, marginChain } = deployment;
  const minMarginBps = BigInt(config.minMarginBps);
  const headroomBps = BigInt(config.quoteHeadroomBps);
  const assets: [CallName, FeeAsset & { symbol: string }][] = config.calls.flatMap((call) =>
    call === "transact"
      ? vaultChain.assets.map(({ slot, symbol }): [CallName, FeeAsset & { symbol: string }] => [call, { slot, symbol }])
      : marginChain.markets.map(({ id, debtSymbol }): [CallName, FeeAsset & { symbol: string }] => [
          call,
          { market: id, symbol: debtSymbol },
        ]),
  );
  const quotes = await Promise.all(
    assets.map(async ([call, asset]): Promise<Quote | undefined> => {
      const chain = call === "transact" ? vaultChain.name : marginChain.name;
      const [gasPrice, coin, priceX64, value] = await Promise.all([
        market.gasPrice(market.chainOf(chain)),
        market.coin(chain),
        market.priceX64(asset),
        market.valueOf({ call, feeAsset: asset }),
      ]);
      if (priceX64 === 0n) return undefined;
      const costUsd = costOf(raised(typicalGas[call] * gasPrice, headroomBps) + value, coin);
      return { call, chain, costUsd, asset, fee: feeWorth(leastWorth(costUsd, minMarginBps), priceX64) };
    }),
  );
  return quotes.filter((quote) => quote !== undefined);
}

/** Whom a fee is bound to: the accounts in turn. */
export function inTurn(accounts: Address[]): () => Address {
  let next = 0;
  return () => accounts[next++ % accounts.length]!;
}
