import { decodeSettleOrder, settleOrderHash, type DecryptionGrounds, type SealedLock } from "@hypothec/sdk";
import { engineAbi, orderInboxAbi, vaultAbi } from "../chain/abis.ts";
import { lockKey, type MarginView } from "../keeper/marginView.ts";
import { domainIn } from "../layerzero/domainState.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { FinalFacts } from "./finalFacts.ts";
import { trusteeOf, type OpeningRequest } from "./opener.ts";

/** What this node itself knows about a lock and why it would be opened, or in words what is missing. */
export type Found = { lock: SealedLock; grounds: DecryptionGrounds } | { reason: string };
export type GroundsReader = (request: OpeningRequest) => Promise<Found>;

/**
 * Reads the grounds on which a council's member decides. Everything that speaks for opening comes from final blocks; what the head says
 * can only speak against it (the lock is settled, the auction over, a valuation posted).
 */
export function createGroundsReader(context: RoleContext, facts: () => Promise<FinalFacts>): GroundsReader {
  const { vault, vaultChain, margin, marginChain } = context;

  function lockOf(view: MarginView, domain: bigint, lockNullifier: bigint): SealedLock | undefined {
    const proof = view.proofs.get(lockKey(domain, lockNullifier));
    const trustee = proof && trusteeOf(context, view.accounts, proof);
    if (proof === undefined || trustee === undefined) return undefined;
    return { domain, lockNullifier, ephemeral: proof.ephemeral, sealed: proof.sealed, trustee };
  }

  async function settle({ domain, lockNullifier }: OpeningRequest): Promise<Found> {
    const { margin: view, settles } = await facts();
    const finalised = vault.finalised(); // after the facts: not below what they tell
    const lock = lockOf(view, domain, lockNullifier);
    if (lock === undefined) return { reason: "no final margin proof of a known market sealed an opening of this lock" };
    const recorded = (settles.get(lockKey(domain, lockNullifier)) ?? []).map((packed) => decodeSettleOrder(packed));
    const newest = recorded.at(-1);
    if (newest === undefined || finalised < 0) return { reason: "no SETTLE of this lock is in a final block" };
    const [[orderHash, isEscape], isSpent] = await Promise.all([
      vault.client.readContract({
        address: vaultChain.orderInbox,
        abi: orderInboxAbi,
        functionName: "executable",
        args: [domain, lockNullifier],
        blockNumber: BigInt(finalised),
      }),
      vault.client.readContract({
        address: vaultChain.vault,
        abi: vaultAbi,
        functionName: "isLockSpent",
        args: [lockNullifier],
      }),
    ]);
    const order = recorded.find((each) => settleOrderHash(each) === orderHash) ?? newest;
    const executable = { orderHash, isEscape };
    return { lock, grounds: { kind: "settle", order, domain, vault: vaultChain.vault, executable, isSpent } };
  }

  async function valuation(request: OpeningRequest & { kind: "valuation" }): Promise<Found> {
    const { domain, lockNullifier, startBlock } = request;
    const { margin: view } = await facts();
    const finalised = margin.finalised();
    const lock = lockOf(view, domain, lockNullifier);
    if (lock === undefined) return { reason: "no final margin proof of a known market sealed an opening of this lock" };
    const inView = ({ auctions }: MarginView) =>
      auctions.find((each) => each.lockNullifier === lockNullifier && each.startBlock === startBlock);
    const auction = domain === domainIn(context) ? inView(view) : undefined;
    if (auction === undefined) return { reason: `no auction of this lock that began in block ${startBlock} is final` };
    if (auction.endBlock !== null || inView(context.accounts())?.endBlock !== null)
      return { reason: "the auction is over" };
    const { account } = auction;
    const call = { address: marginChain.engine, abi: engineAbi, args: [account, lockNullifier] } as const;
    const blockNumber = BigInt(finalised);
    const [{ startedAt, guarantee }, [claim], posted] = await Promise.all([
      margin.client.readContract({ ...call, functionName: "auction", blockNumber }),
      margin.client.readContract({ ...call, functionName: "quoteBuy", blockNumber }),
      margin.client.readContract({ ...call, functionName: "valuation" }),
    ]);
    return {
      lock,
      grounds: {
        kind: "valuation",
        engine: marginChain.engine,
        account,
        domain,
        lockNullifier,
        startedAt: BigInt(startedAt),
        startBlock,
        endBlock: null,
        finalised,
        claim,
        guarantee,
        posted,
      },
    };
  }

  /** Neither chain's facts count while one of them is halted. */
  const halted = () => [vault, margin].find((chain) => chain.halted?.() != null);

  return async (request) => {
    const chain = halted();
    if (chain !== undefined) return { reason: `chain ${chain.name} is halted until its operator has looked` };
    return request.kind === "settle" ? settle(request) : valuation(request);
  };
}
