import { formatUnits } from "viem";

/** Arguments of a custom error by name. */
export type ErrorArgs = Readonly<Record<string, unknown>>;

/**
 * What an error of a contract means, and what to do about it. `{name}` is an argument; `:usd` writes µUSD as dollars, `:time`
 * seconds as a date, `:id` shortens 32 bytes.
 */
type Explanation = readonly [message: string, whatToDo?: string];

const syncAgain = "Sync the vault's state and try again.";
const newProof = "Make a new proof.";
const operatorsMatter = "This concerns whoever deploys or governs the contracts: check the configuration.";

const vault: Record<string, Explanation> = {
  AlreadySettled: ["This lock was settled before", "Nothing: the notes are queued already."],
  AlreadySpent: ["A note of this transaction was spent before", syncAgain],
  AmountTooWide: ["The amount of slot {slot} is {amount}, above the 63 bits of a note", "Split it."],
  BadMemoLength: ["The memo has {got} bytes, expected {expected}", "Use encryptMemo."],
  BadOutflowLimit: ["Slot {slot} cannot have an outflow limit of {burst} and {hourly} an hour", operatorsMatter],
  BadPadding: [
    "Entry {position} of the batch should be empty padding",
    "Give each chunk's entries without a hole, and fill it with zero entries.",
  ],
  BadPrecommitment: [
    "The deposit's pre-commitment is not a field element above 0",
    "Use precommitmentOf, or let deposit make it.",
  ],
  BadRecipient: ["{recipient} cannot receive a withdrawal", "Name a recipient that is neither zero nor the vault."],
  BadRelayerFee: [
    "The relayer's fee ({fee}) exceeds the withdrawal of slot {slot} ({withdrawn}), or there is no relayer",
    "Withdraw more, or lower the fee.",
  ],
  CapExceeded: [
    "The vault takes at most {cap} shared units in slot {slot}; with this deposit it would hold and owe {wouldHold}",
    "Deposit less, or wait for withdrawals.",
  ],
  ChunkNotAligned: [
    "Four chunks start at a multiple of four, the next one is {chunk}",
    "Append one chunk at a time up to the next multiple of four.",
  ],
  ChunkNotSealed: ["Chunk {chunk} is not sealed yet", "Wait until it is full, or seal it."],
  DepositsArePaused: ["The vault's guardian has paused deposits", "Wait. Spending, settling and withdrawing work."],
  Dust: [
    "The amount {amount} of slot {slot} is not a multiple of {unit} token units",
    "Round it to the vault's decimals.",
  ],
  HeldExceeded: [
    "The vault owes {held} shared units of slot {slot}, less than the {amount} withdrawn",
    "Stop and report this: no sound proof gets here.",
  ],
  NativeTransferFailed: [
    "{amount} wei could not be sent to {to}: it refuses them, or the contract that pays has less",
    "Use a recipient that accepts the native asset; if it does, the vault is short of funds: nothing was spent.",
  ],
  NoSuchSlot: ["There is no slot {slot}", "Use a listed slot, 0 to 7."],
  NotAContract: ["{account} is not a contract", operatorsMatter],
  NotGuardian: ["{caller} is not the guardian", "Call from the guardian or the owner."],
  NotYourWithdrawal: [
    "Only {recipient} may send its delayed withdrawal elsewhere",
    "Call from the recipient, or claim it for the recipient.",
  ],
  NothingDelayed: [
    "There is no delayed withdrawal {index} of slot {slot}, or it was claimed",
    "Look it up in the vault's WithdrawalDelayed events.",
  ],
  NothingToSeal: ["Chunk {chunk} is empty: there is nothing to seal", "Seal after the first entry."],
  OrderNotExecutable: [
    "No settlement order of this lock can be executed now: none has arrived, or its claim waits for its notice, or it is another one (recorded: {expected})",
    "Wait for the order's delivery, and take it from the OrderInbox.",
  ],
  OrderOfAnotherVault: ["The order is for the vault {vault}", "Settle it there."],
  ReceivedWrongAmount: [
    "The token moved {received} units instead of {expected}",
    "Tokens that take a fee or rebase are not accepted.",
  ],
  SameNullifier: ["Both inputs are the same note", "Give two different notes."],
  SlotShort: [
    "The vault has {balance} token units of slot {slot} and owes {due}: the token was rebased, or worse",
    "Deposit nothing of this asset. The others are not affected.",
  ],
  SlotNotListed: ["The vault lists no asset in slot {slot}", "Use a listed slot."],
  TreeFull: ["The note tree is full", "Withdraw, and go on in another vault."],
  UnexpectedTransfer: [
    "The token moved {got} units instead of {expected}",
    "Tokens that take a fee or rebase are not accepted.",
  ],
  UnknownRoot: [
    "This root is not known here: the vault never had it, or the margin chain has not received it",
    "Use the latest root that is attested; sync first.",
  ],
  WithdrawalNotReady: [
    "The delayed withdrawal {index} of slot {slot} is due from {readyAt:time}",
    "Claim it then; anyone may.",
  ],
  WrongChunkHash: ["The entries are not those of chunk {chunk}", "Read the chunk's Queued events again, in order."],
  WrongEntryCount: [
    "A batch has the 16 entries of one chunk or the 64 of four, padding included; got {got}",
    "Give whole chunks, padded with zero entries.",
  ],
  WrongEntryFee: ["The batch fee is {expected} wei, got {got}", "Send the vault's entryFee for each queued note."],
  WrongSealFee: [
    "Sealing now costs {expected} wei, got {got}; it is free from {freeAt:time}",
    "Send the missing entries' fees, or wait.",
  ],
  WrongValue: ["{got} wei were sent, expected {expected}", "Send the entry fee, plus the amount for the native asset."],
  ZeroAmount: ["The amount is 0", "Give more than 0."],
};

const proofs: Record<string, Explanation> = {
  InvalidProof: [
    "The proof does not verify for what this call says (chain, market, account, controller, amounts or deadline differ)",
    "Make the proof for exactly this call; check that circuits and verifiers are of one set-up.",
  ],
  PublicValueCount: [
    "The proof has {got} public values, expected {expected}",
    "Use circuits and contracts of the same version.",
  ],
  PublicValueNotCanonical: ["Public value {index} is not below the field order", "Send it as it was proven: reduced."],
  PublicValueTooWide: ["Public value {index} has more than {bits} bits", "Send it as it was proven."],
  DeadlinePassed: ["The deadline {deadline:time} has passed; it is {time:time}", newProof],
};

const engine: Record<string, Explanation> = {
  AccountCovered: [
    "The account {account:id} is covered: it needs {requirement:usd} and has {coverage:usd}",
    "Nothing: it cannot be liquidated.",
  ],
  AccountExists: ["The account {account:id} exists already", "Use another salt, or add the lock to it."],
  AccountFlagged: [
    "The account {account:id} is flagged for liquidation",
    "Repay, refresh or add a lock, then clear the flag.",
  ],
  AlreadyFlagged: ["The account {account:id} is flagged already", "Start the auctions once its grace is over."],
  AuctionRunning: ["An auction of the account {account:id} is running", "Wait for its end, or buy."],
  BadCoverage: ["A coverage of {mantissa}·10^{exponent} µUSD is not allowed", "Use two significant digits, 10 to 99."],
  BadExpiry: ["The proof's expiry {expiry:time} is not between now ({time:time}) and {latest:time}", newProof],
  BadFloor: ["{floorBps} is no allowed floor", "Use 10000, 9000, 7500 or 5000."],
  CoverageBelowMinimum: [
    "A lock has to cover at least {minimum:usd}, this one covers {coverage:usd}",
    "Lock more, or choose higher floors.",
  ],
  CoverageAboveMaximum: [
    "A lock of this vault covers at most {maximum:usd}, asked for {coverage:usd}",
    "Ask for less, or use several locks.",
  ],
  CoverageTooLow: [
    "The requirement is {requirement:usd}, the coverage only {coverage:usd}",
    "Borrow less, refresh the proof for more coverage, or add a lock.",
  ],
  DebtAboveMaximum: [
    "The claim costs {debtAssets} token units, more than the maximum of {maxDebtAssets}",
    "Raise the maximum, or let the auction fall.",
  ],
  BadSignature: [
    "What was sent is not what {controller} signed, or not for this submitter",
    "Let the controller sign these terms for the account that sends them, on this chain; each signature is good once.",
  ],
  BorrowCapExceeded: [
    "All accounts together would owe {totalDebt} token units, the pool lends at most {borrowCap}",
    "Borrow less, or wait until others repay or the owner raises the cap.",
  ],
  DebtBelowMinimum: [
    "The debt would be {debtAssets} token units, the minimum is {minDebt}",
    "Borrow more, or repay all.",
  ],
  DebtOutstanding: ["The account {account:id} owes {debtAssets} token units", "Repay all of it first."],
  EvidenceMissing: [
    "Prices or proofs are missing to say whether the account {account:id} is covered",
    "Wait for valid prices.",
  ],
  BadBreaker: ["The breaker's {name} may not be {value}", operatorsMatter],
  BadEvidence: [
    "The snapshots are of {earlier:time}, {before:time}, {first:time} and {second:time}: not in order, too close, or outside the window",
    "Name two before the move and two after, each pair a minute apart, all in one window.",
  ],
  NoBreaker: ["The set {setId} has no breaker", "Nothing can be halted."],
  NothingToHalt: ["The halt would end at {until:time}: it is over, or on already", "Nothing."],
  PricesWithinLimits: ["No watched price of set {setId} moved beyond its limit", "Nothing."],
  RevokedAlready: [
    "Roots were revoked lately: accounts have until {reproveUntil:time} to prove anew",
    "Let the owner revoke, or wait.",
  ],
  TooManyRevocations: ["The source's roots were revoked 255 times", operatorsMatter],
  CoverageAboveBurst: [
    "The market takes at most {burst:usd} of new coverage from this vault at once, this adds {added:usd}",
    "Ask for less coverage.",
  ],
  CoverageRateExceeded: [
    "The market takes no {added:usd} of new coverage from this vault now; it will from {fitsAt:time}, if none comes before",
    "Ask for less coverage, or wait.",
  ],
  EmptyCallbackData: ["There is no data for the buyer's callback", "Use buy, or give it at least a byte."],
  ExposureCapExceeded: [
    "The market accepts {cap:usd} of coverage from this vault in all; this would make it {exposure:usd}",
    "Ask for less coverage, or wait.",
  ],
  AuctionNotOver: ["The lock is for sale to everybody until {endsAt:time}", "Buy it, or wait for the end."],
  BadClaim: ["The pool carries no such claim, or carries it already", operatorsMatter],
  LocksLeft: [
    "The account {account:id} still has {count} locks",
    "Write its debt off when all are sold or taken over.",
  ],
  LotNotOverdue: [
    "The claim on lock {lockNullifier} can be written down from {from}, and only while S has said nothing of it",
    "Wait, or start its sale if S has.",
  ],
  LotPriceAboveMaximum: [
    "The lot costs {price} now, you allow {maxPrice}",
    "Wait for the price to fall, or allow more.",
  ],
  LotSaleNotStarted: ["The sale of lot {lockNullifier} has not started", "Start it: startLotSale."],
  LotSaleRunning: ["The sale of lot {lockNullifier} runs already", "Buy it."],
  NotPool: ["{caller} is not a pool that may call this", "Nothing: the pool calls it."],
  AnnouncementLapsed: ["The announced withdrawal could be made until {until:time}", "Announce it again."],
  NothingAnnounced: ["No withdrawal was announced", operatorsMatter],
  NotReady: ["The withdrawal may be executed from {readyAt:time}", operatorsMatter],
  NotRecovered: [
    "S has not said yet what the claim on lock {lockNullifier} seized",
    "Wait for its settlement and RECOVERED message; anyone can settle who knows the opening.",
  ],
  TakeoverTooEarly: ["The lock can be taken over from {from:time}", "Wait: its owner may still prove it anew."],
  UnknownClaim: ["There is no claim on the lock {lockKey} to sell", "Name one that was taken over and not sold."],
  UnknownLot: ["There is no claim on lock {lockNullifier} for sale", "Name one that was taken over and not sold."],
  ValuationNotBetter: ["The lock was shown to be worth {best:usd} before", "Only a higher valuation helps."],
  GraceRunning: ["The account {account:id} has grace until {graceEndsAt:time}", "Start the auction after that."],
  LiquidationSlowed: [
    "Prices have moved fast: auctions of the solvent account {account:id} start from {startsAt:time}",
    "Start it then.",
  ],
  LockNotInAccount: ["The lock does not back the account {account:id}", "Name one of the account's locks."],
  LockRevoked: [
    "The lock was proven under a note root that is revoked: its claim is not for sale",
    "Wait until its owner proves it anew.",
  ],
  LockUsed: [
    "This lock backs an account already, or did once: a lock is good for one account, once",
    "Use another lock.",
  ],
  NoDebt: ["The account {account:id} owes nothing", "Nothing: there is nothing to repay."],
  NotAuthorised: [
    "{caller} is neither the controller nor an operator of the account {account:id}",
    "Call from the controller, or let it approve this operator.",
  ],
  NotController: [
    "{caller} is not the controller {controller} of the account {account:id}",
    "Call from the controller.",
  ],
  NotEngine: ["{caller} is not the engine", "Go through the engine."],
  NotFlagged: ["The account {account:id} is not flagged", "Flag it first."],
  NotInAuction: ["The lock is not in an auction", "Flag the account and start one, if it is uncovered."],
  NotModule: [
    "{caller} is not the pool of the market of the account {account:id}",
    "Borrow from the pool of the account's market.",
  ],
  NothingOwed: ["The account {account:id} owes nothing", "Nothing: it cannot be liquidated."],
  NothingToAuction: ["The account {account:id} has no lock to put up", "Nothing: all are in auction or sold."],
  OperatorShortensExpiry: [
    "An operator may not shorten a proof's life (from {was:time} to {now_:time})",
    "Let the controller do it, or name a later expiry.",
  ],
  OperatorRaisesFloor: [
    "An operator's proof may guarantee no less than the one before, at any price below (slot {slot})",
    "Choose lower floors, or let the controller do it.",
  ],
  OperatorLowersGuarantee: [
    "An operator may not lower a lock's guarantee (from {was:usd} to {now_:usd})",
    "Let the controller do it.",
  ],
  PriceMissing: [
    "A feed of a slot that is relied on gives no valid price now",
    "Wait for the feed, or use a profile without that slot.",
  ],
  DebtPriceUnknown: [
    "The feed of what {pool} lends gives no price, and none was noted in the last day",
    "Wait for the feed, then call recordPrices().",
  ],
  PriceUnavailable: [
    "The price feed {feed} gives no valid price now (stale, zero or out of bounds)",
    "Wait for the feed.",
  ],
  ProofsNotExpired: ["Only the controller may release before {lastExpiry:time}", "Wait until then."],
  DomainRetired: [
    "Locks of this domain went home without its margin chain: nothing new is opened against them here",
    "Open with a lock of another vault or engine.",
  ],
  DomainSilent: [
    "When the vault chain last reported ({reportedAt:time}) it had not heard of this engine since {lastSeen:time}",
    "Have a heartbeat sent (heartbeat, sendOrders), then a STATUS of the vault.",
  ],
  ReportTooOld: [
    "The vault chain last reported at {reportedAt:time}, the oldest report that counts is of {oldest:time}",
    "Have a root attested or a STATUS sent.",
  ],
  RiskVersionNotOpenable: ["Version {version} of the risk set takes no new proofs", "Prove under the current version."],
  RootRevoked: [
    "The root is of {rootTime:time}; roots up to {revokedAt:time} are revoked",
    "Have a newer root attested and prove under it.",
  ],
  RootTooOld: [
    "The root was sent at {rootTime:time}, before the oldest that is accepted ({oldest:time})",
    "Have a newer root attested and prove under it.",
  ],
  SetHalted: [
    "Prices of set {setId} have moved fast: nothing is opened or borrowed against it until {until:time}",
    "Wait. Repaying, refreshing and leaving work.",
  ],
  SnapshotTooOld: [
    "Snapshot {snapshot} is of {snapshotTime:time}, before the oldest that is accepted ({oldest:time})",
    "Take a new snapshot and prove at it.",
  ],
  StillUncovered: [
    "The requirement is {requirement:usd}, the coverage {coverage:usd}",
    "Repay more, refresh, or add a lock.",
  ],
  TooManyLocks: [
    "The account {account:id} has 8 locks, the most there can be",
    "Open another account, or make larger locks.",
  ],
  UnknownAccount: ["There is no account {account:id}", "Open it first; check id, market and salt."],
  UnknownAsset: ["The price board has no such asset", operatorsMatter],
  UnknownMarket: ["There is no market {market}", "Use one of the deployment's."],
  UnknownProfile: ["The market has no profile {profile}", "Use one of the market's."],
  UnknownSet: ["The price board has no set {setId}", "Use the deployment's setId."],
  UnknownSnapshot: ["There is no snapshot {snapshot}", "Take one."],
  UnknownSource: ["The market has no source {sourceId}", "Use the one of the lock's vault."],
  UnknownVersion: ["The risk set has no version {version}", "Use the current version."],
  WrongAttestationFee: [
    "{sent} wei were sent with a new lock, its attestor is due {fee}",
    "Send the market's attestationFee.",
  ],
  WrongExtension: ["{extension} is no part of an engine that is wired like this one", operatorsMatter],
  WrongSource: ["The lock is of source {expected}, the proof of {got}", "Name the lock's own source."],
  ZeroCoverage: ["A lock without coverage cannot back an account", "Use releaseUnused to send it home."],
  InsufficientLiquidity: [
    "The pool has {available} token units to lend, asked for {requested}",
    "Borrow or withdraw less, or wait for repayments.",
  ],
  NotOnCurve: ["The key is not a point of BabyJubJub", "Submit R of createTrusteeKey or of keys.encryption."],
  LowOrderPoint: ["The key has small order", "Submit R of createTrusteeKey or of keys.encryption."],
};

const messaging: Record<string, Explanation> = {
  AlreadyRecorded: ["A settlement order of this lock is recorded already: the first one stays"],
  BadChunkCount: ["The message says that its root has {chunks} chunks, which no tree of a vault has"],
  BadBeneficiary: ["The order of a claim of {claim:usd} has no beneficiary that can be paid"],
  BadMessageLength: ["The message has {got} bytes, expected {expected}"],
  ClaimAboveOpened: [
    "The domain is retired and the claim of {claim:usd} is above the {openedCoverage:usd} that were announced",
  ],
  CoverageNotLarger: ["A notice of {recorded:usd} is recorded, and this one ({got:usd}) is not larger"],
  MalformedOrder: ["Order {index} of the message is malformed"],
  AlreadyAnnounced: [
    "The escape of lock {lockNullifier} is announced and may be executed from {executableAt:time}",
    "Wait until then, and settle it.",
  ],
  BadEngine: ["The engine {engine} is registered, is zero, or would be the ninth", operatorsMatter],
  BadOrderDelay: ["Orders may wait {maximum} seconds at most, not {delaySeconds}", operatorsMatter],
  NoEscape: ["Lock {lockNullifier} has no escape that may be executed", "Announce it, or wait for its delay."],
  NotAVault: ["There is no contract at {vault}", "Name the vault that holds the lock."],
  NotArmed: [
    "The margin chain was heard of too lately: its locks can escape from {armedAt:time} if it stays silent",
    "Release the lock on the margin chain, or wait.",
  ],
  NotNewer: ["A heartbeat of {recorded:time} is recorded, and this one ({got:time}) is not newer"],
  NotTheOpenedPrices: [
    "The seizure prices are not those that the lock's largest notice announced",
    "Take them from the margin chain's ProofAccepted event; none for a lock that was never used.",
  ],
  NotVetoable: ["The order of lock {lockNullifier} does not wait, or was vetoed before", operatorsMatter],
  NotVetoed: ["The order of lock {lockNullifier} is not under a veto", operatorsMatter],
  NothingRecovered: [
    "The vault has carried out no public settlement of lock {lockNullifier}",
    "Settle its order first.",
  ],
  RecipientNotNew: ["The recipient of the lot is {recorded}, or this order names nobody"],
  RetiredDomain: ["An escape of this domain was executed: it takes no new locks"],
  SettleExists: ["A settlement order of lock {lockNullifier} is recorded", "Settle that one."],
  ZeroRecipient: ["The release of lock {lockNullifier} names nobody", "Name a recipient."],
  UnexpectedMessage: ["A message of type {messageType}, version {version} is not taken here"],
  UnprovableOrder: ["No settlement proof could exist for this order"],
  BadCount: ["{got} at once, at most {max}", "Send them in several messages."],
  NoNewNotes: [
    "The vault has no notes that the margin chain does not know",
    "Nothing to attest: wait for the next batch.",
  ],
  NotTheKeptOrder: ["The bytes are not those of order {id}", "Take the order from the OrderQueued event."],
  TooSoon: ["The next one may come at {notBefore:time}; it is {time:time}", "Wait until then."],
  UnequalLists: ["{ids} ids but {orders} orders"],
  DefaultLibrary: ["The LayerZero pathway runs on default libraries, which the system refuses", operatorsMatter],
  TooFewRequiredDVNs: ["The pathway requires {required} DVNs, at least 2 are needed", operatorsMatter],
  ConfirmationsNotSet: ["The pathway sets no confirmations", operatorsMatter],
  EnforcedOptionsMissing: ["The pathway has no enforced options", operatorsMatter],
  NotEnoughNative: ["{msgValue} wei were sent, LayerZero's fee differs", "Quote again and send exactly the fee."],
  LZ_InsufficientFee: [
    "LayerZero asks for {requiredNative} wei, got {suppliedNative}",
    "Quote again and send exactly the fee.",
  ],
  NoPeer: ["There is no peer for endpoint {eid}", operatorsMatter],
};

const recovery: Record<string, Explanation> = {
  AlreadyAdmitted: ["{lender} is admitted already"],
  AlreadyClaimed: ["Lock {lockNullifier} was said to be missing from the list at {since:time}", "Wait, then share it."],
  AlreadyShared: ["What of lock {lockNullifier} belongs to the lenders is fixed already"],
  AlreadyTaken: ["{lender} has taken its share of slot {slot} of lock {lockNullifier}"],
  BadDebtProof: [
    "The list of debts does not say that lock {lockNullifier} owes {debt:usd}",
    "Take debt and proof from the list whose root was posted.",
  ],
  BadLenderProof: [
    "The list of debts does not give {lender} this share",
    "Take share and proof from the list whose root was posted.",
  ],
  CannotPost: [
    "Debts of this domain cannot be posted: it is alive, its list holds, or it is too late",
    operatorsMatter,
  ],
  CannotRefuse: ["There is no list to refuse, it holds already, or two were refused", operatorsMatter],
  DebtsUnknown: ["What was owed is not known before {from:time}", "Wait until then."],
  NotAFieldElement: ["Value {index} of the note is not below the field order", "Take the note's own opening."],
  NotALender: [
    "{lender} is not admitted as a lender of this domain",
    "Call admit first, with the proof of your share.",
  ],
  NotForLenders: [
    "The margin chain of lock {lockNullifier} is alive, or has said who gets what it seized",
    "Let the recipient collect it.",
  ],
  NotRecipient: ["Only {recipient} may name another address", "Send it from there."],
  WrongRecoveryVault: ["The recovery vault listens to the order inbox {got}, the vault to {expected}", operatorsMatter],
  NotRecoveryVault: ["Only the recovery vault may do this", "Go through it."],
  NotReleased: [
    "The margin chain has not said yet who gets what lock {lockNullifier} held",
    "Wait for its RELEASE (sendOrders sends it again).",
  ],
  NotSettled: ["No public settlement of lock {lockNullifier} was carried out", "Settle its order first."],
  NotShared: ["What of lock {lockNullifier} belongs to the lenders is not fixed yet", "Call shareLock first."],
  NotTheRest: ["The opening is not that of the note that the rest became", "Use pre, lo and hi of that note."],
  NothingLeft: ["Nothing of slot {slot} of lock {lockNullifier} is left to take"],
  PayoutExceeded: ["Slot {slot} of lock {lockNullifier} has {left} shared units left, asked for {amount}"],
  SharesExceeded: ["The lenders' shares would exceed the whole", operatorsMatter],
  UnexpectedPayout: ["A private settlement pays no tokens out", "Give a payout of zero."],
};

const tokens: Record<string, Explanation> = {
  ERC20InsufficientBalance: [
    "{sender} has {balance} token units, needs {needed}",
    "Get more of the token, or use less.",
  ],
  ERC20InsufficientAllowance: [
    "{spender} may take {allowance} token units, needs {needed}",
    "Approve the token first (approveToken).",
  ],
  SafeERC20FailedOperation: [
    "The token {token} refused the transfer",
    "Check balance, approval, and whether the token is paused.",
  ],
  ERC4626ExceededMaxWithdraw: [
    "At most {max} token units can be withdrawn now, asked for {assets}",
    "Withdraw less, or wait for repayments.",
  ],
  ERC4626ExceededMaxRedeem: [
    "At most {max} shares can be redeemed now, asked for {shares}",
    "Redeem less, or wait for repayments.",
  ],
  ERC4626ExceededMaxDeposit: [
    "The pool takes at most {max} token units now, up to its supply cap; asked for {assets}",
    "Lend less, or wait until others withdraw or the owner raises the cap.",
  ],
  ERC4626ExceededMaxMint: [
    "The pool mints at most {max} shares now, up to its supply cap; asked for {shares}",
    "Lend less, or wait until others withdraw or the owner raises the cap.",
  ],
  OwnableUnauthorizedAccount: ["{account} is not the owner", "Call from the owner."],
  ReentrancyGuardReentrantCall: [
    "The call came back into the contract while it was busy",
    "Do not call it from a token's or a recipient's callback.",
  ],
};

/** By the name of the custom error. Those of set-up and governance speak for themselves. */
const explanations: Readonly<Record<string, Explanation>> = {
  ...vault,
  ...proofs,
  ...engine,
  ...messaging,
  ...recovery,
  ...tokens,
};

/** A custom error in plain words; undefined when its name and arguments have to do. */
export function explainContractError(
  name: string,
  args: ErrorArgs,
): { message: string; whatToDo?: string | undefined } | undefined {
  const explanation = Object.hasOwn(explanations, name) ? explanations[name] : undefined;
  if (explanation === undefined) return undefined;
  const [template, whatToDo] = explanation;
  const message = template.replace(/\{(\w+)(?::(\w+))?\}/g, (_, key: string, format?: string) =>
    formatted(args[key], format),
  );
  return { message, whatToDo };
}

function formatted(value: unknown, format: string | undefined): string {
  const text = String(value);
  if (value === undefined || format === undefined) return text;
  if (format === "usd") return `${formatUnits(BigInt(text), 6)} USD`;
  if (format === "id") return text.length > 12 ? `${text.slice(0, 10)}…` : text;
  const seconds = Number(text);
  return seconds === 0 ? "never" : seconds > 8e12 ? text : new Date(1000 * seconds).toISOString();
}
