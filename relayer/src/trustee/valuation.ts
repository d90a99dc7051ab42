import {
  MarginAction,
  marginExt,
  marginWitness,
  maxCoverage,
  unpackAmounts,
  unpackRisk,
  type ZkProof,
} from "@hypothec/sdk";
import { encodeFunctionData, type Hex, type LocalAccount } from "viem";
import { engineAbi, riskSetAbi, rootInboxAbi } from "../chain/abis.ts";
import { lockKey, type Auction } from "../keeper/marginView.ts";
import { domainIn } from "../layerzero/domainState.ts";
import type { WitnessBuilder } from "../prover/worker.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { Opener } from "./opener.ts";

export type ValuationPayload = { account: Hex; lockNullifier: bigint; startBlock: number };
type ValuationCall = Omit<MarginProofStruct, "zk">;
type ValuationResult = { call: ValuationCall; proof: ZkProof };

const HOUR = 3_600;
const WHOLE = 10_000n;

const encodeValuation = (account: Hex, proof: MarginProofStruct): Hex =>
  encodeFunctionData({ abi: engineAbi, functionName: "postValuation", args: [account, proof] });

/** Solidity's MarginProof. */
type MarginProofStruct = {
  sourceId: number;
  root: bigint;
  lockNullifier: bigint;
  coverageMantissa: number;
  coverageExponent: number;
  snapshot: number;
  floorBps: number;
  profile: number;
  riskVersion: number;
  expiry: number;
  deadline: number;
  ephemeral: { x: bigint; y: bigint };
  sealedOpening: readonly [bigint, bigint, bigint, bigint, bigint];
  zk: ZkProof;
};

/**
 * Shows what a lock in auction is worth when its claim is more than it guarantees (LIQ-7), so that the pool need not write off what is there. A sealed
 * opening is decrypted in the witness builder only, and only while such an auction runs in a final block.
 */
export function createValuations(
  context: RoleContext,
  opener: Opener,
  operator: LocalAccount,
): { kinds: MessageKind[]; planners: Planner[]; builder: WitnessBuilder } {
  const { margin, marginChain, vaultChain } = context;
  const engine = { address: marginChain.engine, abi: engineAbi } as const;

  const auctionOf = ({ account, lockNullifier, startBlock }: ValuationPayload): Auction | undefined =>
    context
      .accounts()
      .auctions.find(
        (each) => each.account === account && each.lockNullifier === lockNullifier && each.startBlock === startBlock,
      );
  const sealedOf = ({ lockNullifier }: ValuationPayload) =>
    context.accounts().proofs.get(lockKey(domainIn(context), lockNullifier));
  const postedOf = ({ account, lockNullifier }: ValuationPayload, at: object = {}) =>
    margin.client.readContract({ ...engine, functionName: "valuation", args: [account, lockNullifier], ...at });

  /** X and G of a running auction in the last final block, µUSD: a lock is not opened on one node's word. */
  async function offerOf({ account, lockNullifier }: ValuationPayload) {
    const args = [account, lockNullifier] as const;
    const at = { blockNumber: BigInt(margin.finalised()) };
    const [auction, [claim]] = await Promise.all([
      margin.client.readContract({ ...engine, functionName: "auction", args, ...at }),
      margin.client.readContract({ ...engine, functionName: "quoteBuy", args, ...at }),
    ]);
    return { auction, claim };
  }

  const valuation: MessageKind<ValuationPayload> = {
    kind: "valuation",
    raced: opener.turn ?? false,
    chain: () => margin.name,
    async done(payload, at) {
      const end = auctionOf(payload)?.endBlock ?? Infinity;
      const until = "blockNumber" in at ? Number(at.blockNumber) : Number.MAX_SAFE_INTEGER;
      return end <= until || (await postedOf(payload, at)) > 0n;
    },
    async prepare({ key, payload }, proof) {
      if (auctionOf(payload) === undefined) return { type: "void", reason: "a reorg took the auction away" };
      const sealed = sealedOf(payload);
      if (sealed === undefined || !opener.serves(sealed))
        return { type: "void", reason: "the lock is of another vault, or the market has another trustee" };
      if (margin.finalised() < payload.startBlock)
        return { type: "wait", reason: "the auction to be final", wakeOn: `final:${margin.name}` };
      const { auction, claim } = await offerOf(payload);
      if (claim <= auction.guarantee)
        return { type: "wait", reason: "its claim to exceed its guarantee", wakeOn: `block:${margin.name}` };
      if (proof === undefined) return { type: "prove", request: { key, circuit: "margin", request: payload } };
      const { call, proof: zk } = proof.result as ValuationResult;
      return {
        type: "send",
        request: {
          effects: [key],
          chain: margin.name,
          account: operator,
          to: marginChain.engine,
          data: encodeValuation(payload.account, { ...call, zk }),
          description: `show what lock ${payload.lockNullifier} is worth`,
        },
      };
    },
  };

  const builder: WitnessBuilder = async (payload: ValuationPayload) => {
    const running = auctionOf(payload);
    const isFinal = margin.finalised() >= payload.startBlock;
    const offer = isFinal ? await offerOf(payload) : undefined;
    if (running?.endBlock !== null || offer === undefined || offer.claim <= offer.auction.guarantee)
      throw new RelayerError(
        "not_due",
        `No valuation of lock ${payload.lockNullifier} is due: its opening stays sealed.`,
      );
    const { auction } = offer;
    const sealed = sealedOf(payload);
    const account = context.accounts().accounts.get(payload.account);
    const market = account === undefined ? undefined : context.markets.get(account.market);
    if (sealed === undefined || !opener.serves(sealed) || account === undefined || market === undefined)
      throw new RelayerError("no_opening", `The sealed opening of lock ${payload.lockNullifier} is not known.`);

    const domain = domainIn(context);
    const { lockNullifier, startBlock } = payload;
    const opening = await opener.open(sealed, { kind: "valuation", domain, lockNullifier, startBlock });
    const lock = {
      amounts: unpackAmounts(opening),
      owner: opening.pk,
      blinding: opening.blinding,
      domain,
      controller: BigInt(account.controller),
    };
    const [[, chunks], [haircutsPacked, riskPacked], { sourceId }] = await Promise.all([
      margin.client.readContract({
        address: marginChain.rootInbox,
        abi: rootInboxAbi,
        functionName: "latest",
        args: [vaultChain.eid, vaultChain.vault],
      }),
      margin.client.readContract({
        address: marginChain.riskSet,
        abi: riskSetAbi,
        functionName: "packed",
        args: [auction.riskVersion],
      }),
      margin.client.readContract({ ...engine, functionName: "lock", args: [domain, payload.lockNullifier] }),
    ]);
    const { haircuts } = unpackRisk({ haircutsPacked, riskPacked });
    // All slots at haircut value: the auction's last seizure prices for a claim beyond the guarantee.
    const floorsX64 = auction.frozenPricesX64.map((price, i) => (price * haircuts[i]! + WHOLE - 1n) / WHOLE);
    const asItIs = { haircuts: Array<bigint>(8).fill(WHOLE), risk: Array<bigint>(36).fill(0n) };
    const coverage = maxCoverage({ amounts: lock.amounts, floorsX64, ...asItIs });
    const path = context.tree.follow(context.queue()).path(Number(opening.leafIndex), { chunks: Number(chunks) });
    const deadline = margin.head().timestamp + HOUR;
    const named = { snapshot: 0, riskVersion: 0, expiry: deadline, deadline };
    const witness = marginWitness({
      ...asItIs,
      lock,
      path,
      domain,
      controller: account.controller,
      coverage: coverage.value,
      floorsX64,
      trusteeKey: { x: BigInt(market.trustee.x), y: BigInt(market.trustee.y) },
      ext: marginExt({
        ...named,
        chainId: marginChain.chainId,
        engine: marginChain.engine,
        market: account.market,
        action: MarginAction.valuation,
        account: payload.account,
        accountNonce: BigInt(auction.startedAt),
        caller: operator.address,
        fee: 0n,
      }),
    });
    if (witness.lockNullifier !== payload.lockNullifier)
      throw new RelayerError("wrong_lock", `The opening is not lock ${payload.lockNullifier}'s.`);
    const call: ValuationCall = {
      ...named,
      sourceId,
      root: path.root,
      lockNullifier: payload.lockNullifier,
      coverageMantissa: coverage.mantissa,
      coverageExponent: coverage.exponent,
      floorBps: 0,
      profile: 0,
      ephemeral: witness.ephemeral,
      sealedOpening: witness.sealedOpening as MarginProofStruct["sealedOpening"],
    };
    return { witness, keep: { call } };
  };

  const planner: Planner = {
    chain: margin.name,
    plan: () =>
      Promise.resolve(
        context.accounts().auctions.flatMap(({ account, lockNullifier, startBlock, endBlock }) =>
          endBlock === null
            ? [
                {
                  kind: "valuation",
                  key: `valuation:${account}:${lockNullifier}:${startBlock}`,
                  payload: { account, lockNullifier, startBlock } satisfies ValuationPayload,
                },
              ]
            : [],
        ),
      ),
  };
  return { kinds: [valuation], planners: [planner], builder };
}
