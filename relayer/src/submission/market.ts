import { createHypothecClient, decodeRevert, getMarket, type HypothecError } from "@hypothec/sdk";
import { BaseError, type Hex } from "viem";
import { creditPoolAbi, priceBoardAbi } from "../chain/abis.ts";
import type { Config } from "../config/schema.ts";
import { revertData } from "../delivery/reverts.ts";
import type { ChainHandle, RoleContext } from "../runtime/context.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { FeeAsset, SubmittedCall } from "./calls.ts";
import type { Coin, PriceX64 } from "./worth.ts";

/** What submissions cost and what fees are worth, read from the chains. */
export type SubmissionMarket = {
  /** Wei that the call itself costs, besides gas. @throws RelayerError `market_unknown` */
  valueOf: (call: Pick<SubmittedCall, "call" | "feeAsset">) => Promise<bigint>;
  /** Wei per gas that is paid now: base fee and tip. */
  gasPrice: (chain: ChainHandle) => Promise<bigint>;
  /** @throws RelayerError `price_missing` while there is no price. */
  coin: (chain: string) => Promise<Coin>;
  /** Price of a unit of what a fee is paid in; 0 when there is none. @throws RelayerError `market_unknown` */
  priceX64: (asset: FeeAsset) => Promise<PriceX64>;
  /** Gas of a call in the state after a block. @throws WouldRevert, or the node's error */
  estimate: (call: SubmittedCall, value: bigint, blockNumber?: bigint) => Promise<bigint>;
  chainOf: (name: string) => ChainHandle;
};

/** The contract refuses the call. */
export class WouldRevert extends Error {
  override readonly name = "WouldRevert";
  readonly revert: HypothecError;
  constructor(revert: HypothecError) {
    super(revert.shortMessage);
    this.revert = revert;
  }
}

export function createSubmissionMarket(
  context: RoleContext,
  config: NonNullable<Config["roles"]["submitter"]>,
): SubmissionMarket {
  const { deployment, vaultChain, marginChain, markets, vault, margin } = context;
  const client = createHypothecClient({
    deployment,
    vault: { public: vault.client },
    margin: { public: margin.client },
  });
  /** Fixed for ever with a market. */
  const attestationFees = new Map<Hex, Promise<bigint>>();
  const marketOf = (id: Hex) => {
    const market = markets.get(id);
    if (market === undefined)
      throw new RelayerError("market_unknown", `There is no market ${id} in the deployment.`, {
        severity: "permanent",
      });
    return market;
  };
  const livePrices = () =>
    margin.client.readContract({
      address: marginChain.priceBoard,
      abi: priceBoardAbi,
      functionName: "livePrices",
      args: [marginChain.setId],
    });
  const coinAsset = (chain: string) => {
    const slot = config.coinSlots[chain];
    // Configuration and deployment were checked against each other.
    return vaultChain.assets.find((asset) => (slot === undefined ? BigInt(asset.token) === 0n : asset.slot === slot))!;
  };

  return {
    chainOf: (name) => (name === vault.name ? vault : margin),
    async valueOf({ call, feeAsset }) {
      if (call === "transact") return 2n * BigInt(vaultChain.entryFee);
      if (call === "refreshFor" || "slot" in feeAsset) return 0n;
      const { id, name } = marketOf(feeAsset.market);
      let fee = attestationFees.get(id);
      if (fee === undefined) {
        fee = getMarket(client, name).then(({ config: { attestationFee } }) => attestationFee);
        fee.catch(() => attestationFees.delete(id));
        attestationFees.set(id, fee);
      }
      return fee;
    },
    async gasPrice(chain) {
      const [{ baseFeePerGas }, tip] = await Promise.all([
        chain.client.getBlock({ blockTag: "latest" }),
        chain.client.estimateMaxPriorityFeePerGas().catch(() => 1_000_000_000n),
      ]);
      const most = BigInt(chain.config.fees.maxPriorityFeePerGas);
      return (baseFeePerGas ?? 0n) + (tip < most ? tip : most);
    },
    async coin(chain) {
      const asset = coinAsset(chain);
      const priceX64 = (await livePrices())[asset.slot] ?? 0n;
      if (priceX64 === 0n)
        throw new RelayerError(
          "price_missing",
          `The price board has no price of ${asset.symbol} now, which the gas of chain ${chain} is counted in.`,
        );
      return { priceX64, weiPerUnit: 10n ** BigInt(18 - asset.sharedDecimals) };
    },
    async priceX64(asset) {
      if ("slot" in asset) return (await livePrices())[asset.slot] ?? 0n;
      const { pool } = marketOf(asset.market);
      return margin.client.readContract({ address: pool, abi: creditPoolAbi, functionName: "debtPriceX64" });
    },
    async estimate({ chain, submitter, to, data }, value, blockNumber) {
      const { client: node } = chain === vault.name ? vault : margin;
      const at = blockNumber === undefined ? {} : { blockNumber };
      try {
        return await node.estimateGas({ account: submitter, to, data, value, ...at });
      } catch (error) {
        const revert = revertData(error);
        const isPoor = error instanceof BaseError && /insufficient funds|out of ?funds/i.test(error.message);
        if (revert === undefined || isPoor) throw error;
        throw new WouldRevert(decodeRevert(revert));
      }
    },
  };
}
