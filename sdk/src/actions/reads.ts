import {
  collateralVaultAbi,
  creditPoolAbi,
  marginEngineAbi,
  orderInboxAbi,
  orderQueueAbi,
  rootInboxAbi,
  vaultMessengerAbi,
} from "../abis/index.ts";
import type { Hex } from "viem";
import type { HypothecClient } from "../client/client.ts";
import { getLogs, type BlockRange } from "../client/logs.ts";

// Typed logs, each with viem's block fields. Ranges of any length: they are cut into pieces.

const onVault = (client: HypothecClient, range: BlockRange) => ({
  address: client.deployment.vaultChain.vault,
  abi: collateralVaultAbi,
  ...range,
});
const onEngine = (client: HypothecClient, range: BlockRange) => ({
  address: client.deployment.marginChain.engine,
  abi: marginEngineAbi,
  ...range,
});
const onInbox = (client: HypothecClient, range: BlockRange) => ({
  address: client.deployment.vaultChain.orderInbox,
  abi: orderInboxAbi,
  ...range,
});
const onQueue = (client: HypothecClient, range: BlockRange) => ({
  address: client.deployment.marginChain.orderQueue,
  abi: orderQueueAbi,
  ...range,
});

/** Entries that joined the vault's queue. */
export const getQueueEntries = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.vault.public, { ...onVault(client, range), eventName: "Queued" });

/** Chunks that were sealed. */
export const getSealedChunks = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.vault.public, { ...onVault(client, range), eventName: "ChunkSealed" });

/** Roots of the note tree. */
export const getRoots = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.vault.public, { ...onVault(client, range), eventName: "RootAppended" });

export const getDeposits = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.vault.public, { ...onVault(client, range), eventName: "Deposited" });

export const getTransacts = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.vault.public, { ...onVault(client, range), eventName: "Transacted" });

export const getWithdrawals = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.vault.public, { ...onVault(client, range), eventName: "Withdrawn" });

/** Withdrawals that wait for their asset's outflow limit: claimDelayedWithdrawal takes `slot` and `index`. */
export const getDelayedWithdrawals = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.vault.public, { ...onVault(client, range), eventName: "WithdrawalDelayed" });

/** Settlements that were carried out. */
export const getSettled = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.vault.public, { ...onVault(client, range), eventName: "Settled" });

/** Roots sent to the margin chain. */
export const getAttestations = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.vault.public, {
    address: client.deployment.vaultChain.messenger,
    abi: vaultMessengerAbi,
    ...range,
    eventName: "Attested",
  });

/** SETTLE orders recorded on the vault chain; `args.order` is packed (decodeSettleOrder). */
export const getSettleOrders = (
  client: HypothecClient,
  range: BlockRange,
  args: { domain?: bigint; lockNullifier?: bigint } = {},
) => getLogs(client.vault.public, { ...onInbox(client, range), eventName: "SettleRecorded", args });

/** OPENED notices recorded on the vault chain. */
export const getOpenedNotices = (
  client: HypothecClient,
  range: BlockRange,
  args: { domain?: bigint; lockNullifier?: bigint } = {},
) => getLogs(client.vault.public, { ...onInbox(client, range), eventName: "Opened", args });

/** Roots that arrived on the margin chain. */
export const getReceivedRoots = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.margin.public, {
    address: client.deployment.marginChain.rootInbox,
    abi: rootInboxAbi,
    ...range,
    eventName: "RootReceived",
  });

export const getAccountsOpened = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.margin.public, { ...onEngine(client, range), eventName: "AccountOpened" });

/** Accepted margin proofs, with the opening sealed to the trustee. */
export const getProofsAccepted = (
  client: HypothecClient,
  range: BlockRange,
  args: { account?: Hex; domain?: bigint; lockNullifier?: bigint } = {},
) => getLogs(client.margin.public, { ...onEngine(client, range), eventName: "ProofAccepted", args });

export const getLocksRetired = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.margin.public, { ...onEngine(client, range), eventName: "LockRetired" });

export const getFlags = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.margin.public, { ...onEngine(client, range), eventName: "Flagged" });

export const getAuctions = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.margin.public, { ...onEngine(client, range), eventName: "AuctionStarted" });

/** Claims that were sold. */
export const getSales = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.margin.public, { ...onEngine(client, range), eventName: "Sold" });

/** Orders kept on the margin chain; `args.order` is packed (decodeOrder). */
export const getQueuedOrders = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.margin.public, {
    ...onQueue(client, range),
    eventName: "OrderQueued",
    args: { dstEid: client.deployment.vaultChain.eid },
  });

export const getSentOrders = (client: HypothecClient, range: BlockRange) =>
  getLogs(client.margin.public, {
    ...onQueue(client, range),
    eventName: "OrdersSent",
    args: { dstEid: client.deployment.vaultChain.eid },
  });

/** Borrowings from a pool. */
export const getBorrowings = (client: HypothecClient, range: BlockRange, pool: Hex) =>
  getLogs(client.margin.public, { address: pool, abi: creditPoolAbi, ...range, eventName: "Borrowed" });

/** Repayments to a pool. */
export const getRepayments = (client: HypothecClient, range: BlockRange, pool: Hex) =>
  getLogs(client.margin.public, { address: pool, abi: creditPoolAbi, ...range, eventName: "Repaid" });
