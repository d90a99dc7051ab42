import { formatUnits, type Hex } from "viem";

/** What an error of a contract means to a user, by its name. */
export interface Explanation {
  readonly message: (args: ErrorArgs) => string;
  readonly whatToDo?: string;
}

/** Arguments of a custom error by name. */
export type ErrorArgs = Readonly<Record<string, unknown>>;

/** µUSD as dollars. */
const usd = (value: unknown) => `${formatUnits(BigInt(value as bigint), 6)} USD`;
const text = (value: unknown) => String(value as bigint | string | number | boolean);
const time = (value: unknown) => {
  const seconds = Number(value as bigint);
  return seconds === 0 ? "never" : seconds > 8e12 ? text(value) : new Date(1000 * seconds).toISOString();
};
const account = (args: ErrorArgs) => `account ${(args["account"] as Hex | undefined)?.slice(0, 10) ?? ""}…`;

const syncAgain = "Sync the vault's state and try again.";
const newProof = "Make a new proof.";
const operatorsMatter = "This concerns whoever deploys or governs the contracts: check the configuration.";

const vault: Record<string, Explanation> = {
  AlreadySettled: { message: () => "This lock was settled before", whatToDo: "Nothing: the notes are queued already." },
  AlreadySpent: { message: () => "A note of this transaction was spent before", whatToDo: syncAgain },
  AmountTooWide: { message: (a) => `The amount of slot ${text(a["slot"])} is ${text(a["amount"])}, above the 63 bits of a note`, whatToDo: "Split it." },
  BadChunkCount: { message: (a) => `A batch proof appends one chunk, this one names ${text(a["chunks"])}` },
  BadMemoLength: { message: (a) => `The memo has ${text(a["got"])} bytes, expected ${text(a["expected"])}`, whatToDo: "Use encryptMemo." },
  BadPadding: { message: (a) => `Entry ${text(a["position"])} of the batch should be empty padding` },
  BadPrecommitment: { message: () => "The deposit's pre-commitment is not a field element above 0" },
  BadRecipient: { message: (a) => `${text(a["recipient"])} cannot receive a withdrawal`, whatToDo: "Name a recipient that is neither zero nor the vault." },
  BadRelayerFee: { message: (a) => `The relayer's fee (${text(a["fee"])}) exceeds the withdrawal of slot ${text(a["slot"])} (${text(a["withdrawn"])}), or there is no relayer`, whatToDo: "Withdraw more, or lower the fee." },
  CapExceeded: { message: (a) => `The vault takes at most ${text(a["cap"])} shared units in slot ${text(a["slot"])}; with this deposit it would hold ${text(a["wouldHold"])}`, whatToDo: "Deposit less, or wait for withdrawals." },
  ChunkNotSealed: { message: (a) => `Chunk ${text(a["chunk"])} is not sealed yet`, whatToDo: "Wait until it is full, or seal it." },
  DepositsArePaused: { message: () => "The vault's guardian has paused deposits", whatToDo: "Wait. Spending, settling and withdrawing work." },
  Dust: { message: (a) => `The amount ${text(a["amount"])} of slot ${text(a["slot"])} is not a multiple of ${text(a["unit"])} token units`, whatToDo: "Round it to the vault's decimals." },
  HeldExceeded: { message: (a) => `The vault owes ${text(a["held"])} shared units of slot ${text(a["slot"])}, less than the ${text(a["amount"])} withdrawn` },
  NativeTransferFailed: { message: (a) => `${text(a["to"])} refused ${text(a["amount"])} wei`, whatToDo: "Use a recipient that accepts the native asset." },
  NoSuchSlot: { message: (a) => `There is no slot ${text(a["slot"])}` },
  NotAContract: { message: (a) => `${text(a["token"])} is not a contract` },
  NotGuardian: { message: (a) => `${text(a["caller"])} is not the guardian` },
  NothingToSeal: { message: (a) => `Chunk ${text(a["chunk"])} is empty: there is nothing to seal`, whatToDo: "Seal after the first entry." },
  OrderNotExecutable: { message: (a) => (BigInt(a["expected"] as Hex) === 0n ? "No settlement order of this lock can be executed now: none has arrived, or its claim waits for its notice" : "The order is not the one that was recorded"), whatToDo: "Wait for the order's delivery, and take it from the OrderInbox." },
  OrderOfAnotherVault: { message: (a) => `The order is for the vault ${text(a["vault"])}`, whatToDo: "Settle it there." },
  PublicPayoutUnsupported: { message: () => "This vault has no RecoveryVault for public payouts" },
  ReceivedWrongAmount: { message: (a) => `The token moved ${text(a["received"])} units instead of ${text(a["expected"])}`, whatToDo: "Tokens that take a fee or rebase are not accepted." },
  SameNullifier: { message: () => "Both inputs are the same note", whatToDo: "Give two different notes." },
  SlotNotListed: { message: (a) => `The vault lists no asset in slot ${text(a["slot"])}`, whatToDo: "Use a listed slot." },
  TreeFull: { message: () => "The note tree is full" },
  UnexpectedTransfer: { message: (a) => `${text(a["got"])} wei were sent, expected ${text(a["expected"])}` },
  UnknownRoot: { message: (a) => ("srcEid" in a ? "The margin chain has not received this root" : "The vault never had this root"), whatToDo: "Use the latest root that is attested; sync first." },
  WrongChunkHash: { message: (a) => `The entries are not those of chunk ${text(a["chunk"])}`, whatToDo: "Read the chunk's Queued events again, in order." },
  WrongEntryCount: { message: (a) => `The chunk has ${text(a["expected"])} entries, got ${text(a["got"])}` },
  WrongEntryFee: { message: (a) => `The batch fee is ${text(a["expected"])} wei, got ${text(a["got"])}`, whatToDo: "Send the vault's entryFee for each queued note." },
  WrongSealFee: { message: (a) => `Sealing now costs ${text(a["expected"])} wei, got ${text(a["got"])}; it is free from ${time(a["freeAt"])}`, whatToDo: "Send the missing entries' fees, or wait." },
  WrongValue: { message: (a) => `${text(a["got"])} wei were sent, expected ${text(a["expected"])}`, whatToDo: "Send the entry fee, plus the amount for the native asset." },
  ZeroAmount: { message: () => "The amount is 0", whatToDo: "Give more than 0." },
};

const proofs: Record<string, Explanation> = {
  InvalidProof: { message: () => "The proof does not verify for what this call says (chain, market, account, controller, amounts or deadline differ)", whatToDo: "Make the proof for exactly this call; check that circuits and verifiers are of one set-up." },
  PublicValueCount: { message: (a) => `The proof has ${text(a["got"])} public values, expected ${text(a["expected"])}` },
  PublicValueNotCanonical: { message: (a) => `Public value ${text(a["index"])} is not below the field order` },
  PublicValueTooWide: { message: (a) => `Public value ${text(a["index"])} has more than ${text(a["bits"])} bits` },
  DeadlinePassed: { message: (a) => `The deadline ${time(a["deadline"])} has passed; it is ${time(a["time"])}`, whatToDo: newProof },
};

const engine: Record<string, Explanation> = {
  AccountCovered: { message: (a) => `The ${account(a)} is covered: it needs ${usd(a["requirement"])} and has ${usd(a["coverage"])}` },
  AccountExists: { message: (a) => `The ${account(a)} exists already`, whatToDo: "Use another salt, or add the lock to it." },
  AccountFlagged: { message: (a) => `The ${account(a)} is flagged for liquidation`, whatToDo: "Repay, refresh or add a lock, then clear the flag." },
  AlreadyFlagged: { message: (a) => `The ${account(a)} is flagged already` },
  AuctionRunning: { message: (a) => `An auction of the ${account(a)} is running` },
  BadCoverage: { message: (a) => `A coverage of ${text(a["mantissa"])}·10^${text(a["exponent"])} µUSD is not allowed`, whatToDo: "Use two significant digits, 10 to 99." },
  BadExpiry: { message: (a) => `The proof's expiry ${time(a["expiry"])} is not between now (${time(a["time"])}) and ${time(a["latest"])}`, whatToDo: newProof },
  BadFloor: { message: (a) => `${text(a["floorBps"])} is no allowed floor`, whatToDo: "Use 10000, 9000, 7500 or 5000." },
  CoverageAboveMaximum: { message: (a) => `A lock of this vault covers at most ${usd(a["maximum"])}, asked for ${usd(a["coverage"])}`, whatToDo: "Ask for less, or use several locks." },
  CoverageTooLow: { message: (a) => `The requirement is ${usd(a["requirement"])}, the coverage only ${usd(a["coverage"])}`, whatToDo: "Borrow less, refresh the proof for more coverage, or add a lock." },
  DebtAboveMaximum: { message: (a) => `The claim costs ${text(a["debtAssets"])} token units, more than the maximum of ${text(a["maxDebtAssets"])}`, whatToDo: "Raise the maximum, or let the auction fall." },
  DebtBelowMinimum: { message: (a) => `The debt would be ${text(a["debtAssets"])} token units, the minimum is ${text(a["minDebt"])}`, whatToDo: "Borrow more, or repay all." },
  DebtOutstanding: { message: (a) => `The ${account(a)} owes ${text(a["debtAssets"])} token units`, whatToDo: "Repay all of it first." },
  EvidenceMissing: { message: (a) => `Prices or proofs are missing to say whether the ${account(a)} is covered`, whatToDo: "Wait for valid prices." },
  ExposureCapExceeded: { message: (a) => `The market accepts ${usd(a["cap"])} of coverage from this vault in all; this would make it ${usd(a["exposure"])}`, whatToDo: "Ask for less coverage, or wait." },
  GraceRunning: { message: (a) => `The ${account(a)} has grace until ${time(a["graceEndsAt"])}`, whatToDo: "Start the auction after that." },
  LockNotInAccount: { message: (a) => `The lock does not back the ${account(a)}` },
  LockUsed: { message: () => "This lock backs an account already, or did once: a lock is good for one account, once", whatToDo: "Use another lock." },
  NoDebt: { message: (a) => `The ${account(a)} owes nothing` },
  NotAuthorised: { message: (a) => `${text(a["caller"])} is neither the controller nor an operator of the ${account(a)}`, whatToDo: "Call from the controller, or let it approve this operator." },
  NotController: { message: (a) => `${text(a["caller"])} is not the controller ${text(a["controller"])} of the ${account(a)}`, whatToDo: "Call from the controller." },
  NotEngine: { message: (a) => `${text(a["caller"])} is not the engine` },
  NotFlagged: { message: (a) => `The ${account(a)} is not flagged`, whatToDo: "Flag it first." },
  NotInAuction: { message: () => "The lock is not in an auction" },
  NotModule: { message: (a) => `${text(a["caller"])} is not the market's pool` },
  NothingOwed: { message: (a) => `The ${account(a)} owes nothing` },
  NothingToAuction: { message: (a) => `The ${account(a)} has no lock to put up` },
  OperatorLowersGuarantee: { message: (a) => `An operator may not lower a lock's guarantee (from ${usd(a["was"])} to ${usd(a["now_"])})`, whatToDo: "Let the controller do it." },
  PriceMissing: { message: () => "A feed of a slot that is relied on gives no valid price now", whatToDo: "Wait for the feed, or use a profile without that slot." },
  PriceUnavailable: { message: (a) => `The price feed ${text(a["feed"])} gives no valid price now (stale, zero or out of bounds)`, whatToDo: "Wait for the feed." },
  ProofsNotExpired: { message: (a) => `Only the controller may release before ${time(a["lastExpiry"])}` },
  RiskVersionNotOpenable: { message: (a) => `Version ${text(a["version"])} of the risk set takes no new proofs`, whatToDo: "Prove under the current version." },
  RootTooOld: { message: (a) => `The root was sent at ${time(a["rootTime"])}, before the oldest that is accepted (${time(a["oldest"])})`, whatToDo: "Have a newer root attested and prove under it." },
  SnapshotTooOld: { message: (a) => `Snapshot ${text(a["snapshot"])} is of ${time(a["snapshotTime"])}, before the oldest that is accepted (${time(a["oldest"])})`, whatToDo: "Take a new snapshot and prove at it." },
  StillUncovered: { message: (a) => `The requirement is ${usd(a["requirement"])}, the coverage ${usd(a["coverage"])}`, whatToDo: "Repay more, refresh, or add a lock." },
  TooManyLocks: { message: (a) => `The ${account(a)} has 8 locks, the most there can be`, whatToDo: "Open another account, or make larger locks." },
  UnknownAccount: { message: (a) => `There is no ${account(a)}` },
  UnknownAsset: { message: () => "The price board has no such asset" },
  UnknownMarket: { message: (a) => `There is no market ${text(a["market"])}` },
  UnknownProfile: { message: (a) => `The market has no profile ${text(a["profile"])}` },
  UnknownSet: { message: (a) => `The price board has no set ${text(a["setId"])}` },
  UnknownSnapshot: { message: (a) => `There is no snapshot ${text(a["snapshot"])}`, whatToDo: "Take one." },
  UnknownSource: { message: (a) => `The market has no source ${text(a["sourceId"])}` },
  UnknownVersion: { message: (a) => `The risk set has no version ${text(a["version"])}` },
  WrongSource: { message: (a) => `The lock is of source ${text(a["expected"])}, the proof of ${text(a["got"])}` },
  ZeroCoverage: { message: () => "A lock without coverage cannot back an account", whatToDo: "Use releaseUnused to send it home." },
  InsufficientLiquidity: { message: (a) => `The pool has ${text(a["available"])} token units to lend, asked for ${text(a["requested"])}`, whatToDo: "Borrow or withdraw less, or wait for repayments." },
  NotOnCurve: { message: () => "The key is not a point of BabyJubJub", whatToDo: "Submit R of createTrusteeKey or of keys.encryption." },
  LowOrderPoint: { message: () => "The key has small order", whatToDo: "Submit R of createTrusteeKey or of keys.encryption." },
};

const messaging: Record<string, Explanation> = {
  BadCount: { message: (a) => `${text(a["got"])} at once, at most ${text(a["max"])}`, whatToDo: "Send them in several messages." },
  NoNewNotes: { message: () => "The vault has no notes that the margin chain does not know", whatToDo: "Nothing to attest: wait for the next batch." },
  NotTheKeptOrder: { message: (a) => `The bytes are not those of order ${text(a["id"])}`, whatToDo: "Take the order from the OrderQueued event." },
  TooSoon: { message: (a) => `The next one may come at ${time(a["notBefore"])}; it is ${time(a["time"])}`, whatToDo: "Wait until then." },
  UnequalLists: { message: (a) => `${text(a["ids"])} ids but ${text(a["orders"])} orders` },
  DefaultLibrary: { message: () => "The LayerZero pathway runs on default libraries, which the system refuses", whatToDo: operatorsMatter },
  TooFewRequiredDVNs: { message: (a) => `The pathway requires ${text(a["required"])} DVNs, at least 2 are needed`, whatToDo: operatorsMatter },
  ConfirmationsNotSet: { message: () => "The pathway sets no confirmations", whatToDo: operatorsMatter },
  EnforcedOptionsMissing: { message: () => "The pathway has no enforced options", whatToDo: operatorsMatter },
  NotEnoughNative: { message: (a) => `${text(a["msgValue"])} wei were sent, LayerZero's fee differs`, whatToDo: "Quote again and send exactly the fee." },
  LZ_InsufficientFee: { message: (a) => `LayerZero asks for ${text(a["requiredNative"])} wei, got ${text(a["suppliedNative"])}`, whatToDo: "Quote again and send exactly the fee." },
  NoPeer: { message: (a) => `There is no peer for endpoint ${text(a["eid"])}`, whatToDo: operatorsMatter },
};

const tokens: Record<string, Explanation> = {
  ERC20InsufficientBalance: { message: (a) => `${text(a["sender"])} has ${text(a["balance"])} token units, needs ${text(a["needed"])}`, whatToDo: "Get more of the token, or use less." },
  ERC20InsufficientAllowance: { message: (a) => `${text(a["spender"])} may take ${text(a["allowance"])} token units, needs ${text(a["needed"])}`, whatToDo: "Approve the token first (approveToken)." },
  SafeERC20FailedOperation: { message: (a) => `The token ${text(a["token"])} refused the transfer`, whatToDo: "Check balance, approval, and whether the token is paused." },
  ERC4626ExceededMaxWithdraw: { message: (a) => `At most ${text(a["max"])} token units can be withdrawn now, asked for ${text(a["assets"])}`, whatToDo: "Withdraw less, or wait for repayments." },
  ERC4626ExceededMaxRedeem: { message: (a) => `At most ${text(a["max"])} shares can be redeemed now, asked for ${text(a["shares"])}`, whatToDo: "Redeem less, or wait for repayments." },
  ERC4626ExceededMaxDeposit: { message: (a) => `The pool takes at most ${text(a["max"])} token units now` },
  OwnableUnauthorizedAccount: { message: (a) => `${text(a["account"])} is not the owner` },
  ReentrancyGuardReentrantCall: { message: () => "The call came back into the contract while it was busy" },
};

/** By the name of the custom error. Those of set-up and governance are explained by their name and arguments alone. */
export const explanations: Readonly<Record<string, Explanation>> = { ...vault, ...proofs, ...engine, ...messaging, ...tokens };
