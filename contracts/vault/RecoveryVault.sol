// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IOrderInbox} from "../interfaces/IOrderInbox.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {PackedAmounts} from "../libraries/PackedAmounts.sol";
import {NoteHash} from "./NoteHash.sol";

/// @title Where the amounts go that PUBLIC settlements seized (ORD-5, ESC-2)
/// @notice While the margin chain lives, its RELEASE says who gets them: whoever bought the recovered lot there. When it is dead, they secure what was owed: the owner
///         posts a Merkle root of the debts of that domain, once, in public, with a delay in which the guardian can refuse it. What exceeds a lock's debt goes back to its
///         owner as a free note; the rest is shared by the lenders of the list.
/// @dev Holds nothing: the vault pays. One per vault chain; a hostile vault address can only harm its own domains, for a domain is computed from it.
///      Leaves, double-hashed as OpenZeppelin's StandardMerkleTree does: (uint8 1, uint256 lockNullifier, uint64 debt µUSD) and (uint8 2, address lender, uint64 share of 10^18).
contract RecoveryVault is Ownable2Step, ReentrancyGuardTransient {
    /// The debts of a dead domain.
    struct Debts {
        bytes32 root;
        uint40 effectiveAt; // 0 = none
        uint40 extendedUntil; // a refusal leaves time for another list
        uint8 refusals;
    }

    /// A lock, by what its domain is made of.
    struct LockRef {
        ICollateralVault vault;
        uint32 marginEid;
        address engine;
        uint256 lockNullifier;
    }

    event GuardianSet(address indexed guardian);
    event DebtsPosted(uint256 indexed domain, bytes32 root, uint40 effectiveAt);
    event DebtsRefused(uint256 indexed domain, bytes32 root);
    /// The claim of a lock is now shared: `debt` of `claim` belongs to the lenders.
    event LockShared(uint256 indexed domain, uint256 indexed lockNullifier, uint64 claim, uint64 debt);
    event LockClaimedUnlisted(uint256 indexed domain, uint256 indexed lockNullifier);
    event LenderAdmitted(uint256 indexed domain, address indexed lender, uint64 share);

    /// Thrown when the caller may not do this.
    error NotGuardian(address caller);
    error NotRecipient(uint256 domain, uint256 lockNullifier, address caller, address recipient);
    /// Thrown when no RELEASE of the lock has arrived.
    error NotReleased(uint256 domain, uint256 lockNullifier);
    /// Thrown when the vault has carried out no PUBLIC settlement of the lock.
    error NotSettled(uint256 domain, uint256 lockNullifier);
    /// Thrown when nothing of that slot is left.
    error NothingLeft(uint256 domain, uint256 lockNullifier, uint8 slot);
    /// Thrown when the margin chain is not dead, or has released the lock itself.
    error NotForLenders(uint256 domain, uint256 lockNullifier);
    /// Thrown when debts are posted for a domain that is not retired, with no root, or when the posted ones hold already.
    error CannotPost(uint256 domain, uint40 effectiveAt);
    /// Thrown when there is nothing to refuse any more, or too much was refused.
    error CannotRefuse(uint256 domain, uint40 effectiveAt);
    /// Thrown before the debts of a domain are settled: `from` is when the posted ones hold, or when none can be posted any more.
    error DebtsUnknown(uint256 domain, uint256 from);
    error BadDebtProof(uint256 domain, uint256 lockNullifier, uint64 debt);
    error BadLenderProof(uint256 domain, address lender, uint64 share);
    /// Thrown when the lenders' shares would exceed 10^18.
    error SharesExceeded(uint256 domain, uint256 wouldBe);
    error AlreadyAdmitted(uint256 domain, address lender);
    error AlreadyShared(uint256 domain, uint256 lockNullifier);
    /// Thrown when a lock is said to be missing from the list twice.
    error AlreadyClaimed(uint256 domain, uint256 lockNullifier, uint40 since);
    error NotShared(uint256 domain, uint256 lockNullifier);
    error NotALender(uint256 domain, address lender);
    error AlreadyTaken(uint256 domain, uint256 lockNullifier, uint8 slot, address lender);
    /// Thrown when the opening is not that of the rest's note.
    error NotTheRest(uint256 expected, uint256 got);
    error WrongValue(uint256 expected, uint256 got);

    /// The debts of a domain hold so long after they were posted.
    uint40 public constant DEBTS_DELAY = 14 days;
    /// So long after a domain retired, its engine was last heard of and a lock was settled, whichever came last, a list must be posted to count for that lock: without
    /// one nothing was owed.
    uint40 public constant POSTING_PERIOD = 180 days;
    /// A lock that is said to be missing from the list counts as without debt after so long, unless somebody shows its leaf.
    uint40 public constant UNLISTED_DELAY = 30 days;
    /// The guardian can strike so many lists of one domain, no more.
    uint8 public constant MAX_REFUSALS = 2;
    uint64 public constant WHOLE = 1e18;
    uint8 private constant LOCK_LEAF = 1;
    uint8 private constant LENDER_LEAF = 2;

    IOrderInbox public immutable orderInbox;
    uint32 public immutable localEid;
    NoteHash public immutable noteHash;
    /// @notice May refuse a list of debts that does not hold yet, and nothing else.
    address public guardian;

    mapping(uint256 domain => Debts) public debts;
    /// @notice Shares of a domain's lenders that were admitted, of 10^18.
    mapping(uint256 domain => uint256) public admitted;
    mapping(uint256 domain => mapping(address lender => uint64)) public shareOf;
    mapping(uint256 domain => mapping(uint256 lockNullifier => uint256)) private _debtPlusOne; // µUSD
    /// @notice When a lock was said to be missing from the list of its domain, seconds; 0 = never.
    mapping(uint256 domain => mapping(uint256 lockNullifier => uint40)) public unlistedSince;
    mapping(uint256 domain => mapping(uint256 lockNullifier => mapping(address lender => uint256 slots)))
        private _taken;

    constructor(address owner_, address guardian_, IOrderInbox orderInbox_, NoteHash noteHash_) Ownable(owner_) {
        orderInbox = orderInbox_;
        localEid = orderInbox_.localEid();
        noteHash = noteHash_;
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }

    // -- the margin chain lives ---------------------------------------------------------------------------------------

    /// @notice Pay what is left of a slot to the recipient of the lock's RELEASE. Anyone.
    function collect(LockRef calldata lock, uint8 slot) external nonReentrant {
        (uint256 domain, address recipient) = _recipient(lock);
        _payLeft(lock, domain, slot, recipient);
    }

    /// @notice The same to another address, where the token refuses the recipient. The recipient only.
    function collectTo(LockRef calldata lock, uint8 slot, address to) external nonReentrant {
        (uint256 domain, address recipient) = _recipient(lock);
        if (msg.sender != recipient) revert NotRecipient(domain, lock.lockNullifier, msg.sender, recipient);
        _payLeft(lock, domain, slot, to);
    }

    // -- the margin chain is dead -------------------------------------------------------------------------------------

    /// @notice Post the debts of a retired domain. They hold after DEBTS_DELAY; until then they can be posted anew, which starts the delay again. They count for the locks whose
    ///         POSTING_PERIOD was not over. Owner only.
    function postDebts(uint256 domain, bytes32 root) external onlyOwner {
        Debts storage posted = debts[domain];
        if (root == 0 || !orderInbox.isRetired(domain) || _debtsHold(domain))
            revert CannotPost(domain, posted.effectiveAt);
        posted.root = root;
        posted.effectiveAt = uint40(block.timestamp) + DEBTS_DELAY;
        emit DebtsPosted(domain, root, posted.effectiveAt);
    }

    /// @notice Strike posted debts that do not hold yet, MAX_REFUSALS times a domain. Guardian only.
    function refuseDebts(uint256 domain) external {
        if (msg.sender != guardian) revert NotGuardian(msg.sender);
        Debts storage posted = debts[domain];
        if (posted.effectiveAt == 0 || _debtsHold(domain) || posted.refusals == MAX_REFUSALS)
            revert CannotRefuse(domain, posted.effectiveAt);
        emit DebtsRefused(domain, posted.root);
        (posted.root, posted.effectiveAt) = (0, 0);
        posted.extendedUntil = uint40(block.timestamp) + UNLISTED_DELAY;
        posted.refusals++;
    }

    /// @notice Say that a settled lock is missing from the list, so that `shareLock` takes it as without debt after UNLISTED_DELAY. Anyone.
    function claimUnlisted(LockRef calldata lock) external {
        (uint256 domain, , ) = _forLenders(lock);
        uint40 since = unlistedSince[domain][lock.lockNullifier];
        if (since != 0) revert AlreadyClaimed(domain, lock.lockNullifier, since);
        unlistedSince[domain][lock.lockNullifier] = uint40(block.timestamp);
        emit LockClaimedUnlisted(domain, lock.lockNullifier);
    }

    /// @notice Fix what of a lock's claim the lenders get: by its leaf in the domain's debts; or nothing, if no list was posted in time for it, or if nobody has shown a leaf
    ///         since `claimUnlisted`. Anyone.
    /// @param debt µUSD; what exceeds the claim cannot be recovered here. 0 with an empty proof: the lock is in no list.
    function shareLock(LockRef calldata lock, uint64 debt, bytes32[] calldata proof) external {
        (uint256 domain, uint64 claim, bool hasList) = _forLenders(lock);
        uint256 lockNullifier = lock.lockNullifier;
        if (_debtPlusOne[domain][lockNullifier] != 0) revert AlreadyShared(domain, lockNullifier);
        uint64 owed;
        if (hasList && !_isUnlisted(domain, lockNullifier, debt, proof.length)) {
            bytes32 leaf = _leaf(abi.encode(LOCK_LEAF, lockNullifier, debt));
            if (!MerkleProof.verifyCalldata(proof, debts[domain].root, leaf))
                revert BadDebtProof(domain, lockNullifier, debt);
            owed = debt < claim ? debt : claim;
        }
        _debtPlusOne[domain][lockNullifier] = uint256(owed) + 1;
        emit LockShared(domain, lockNullifier, claim, owed);
    }

    /// @notice Admit a lender of the domain's list. Anyone.
    /// @param share of 10^18 of what lenders get.
    function admit(uint256 domain, address lender, uint64 share, bytes32[] calldata proof) external {
        if (!_debtsHold(domain)) revert DebtsUnknown(domain, debts[domain].effectiveAt);
        bytes32 leaf = _leaf(abi.encode(LENDER_LEAF, lender, share));
        if (share == 0 || !MerkleProof.verifyCalldata(proof, debts[domain].root, leaf))
            revert BadLenderProof(domain, lender, share);
        if (shareOf[domain][lender] != 0) revert AlreadyAdmitted(domain, lender);
        uint256 all = admitted[domain] + share;
        if (all > WHOLE) revert SharesExceeded(domain, all);
        admitted[domain] = all;
        shareOf[domain][lender] = share;
        emit LenderAdmitted(domain, lender, share);
    }

    /// @notice Pay the caller, an admitted lender, its share of one slot of a shared lock.
    function takeShare(LockRef calldata lock, uint8 slot, address to) external nonReentrant {
        (uint256 domain, , ) = _forLenders(lock);
        uint64 share = shareOf[domain][msg.sender];
        if (share == 0) revert NotALender(domain, msg.sender);
        uint256 taken = _taken[domain][lock.lockNullifier][msg.sender];
        if ((taken >> slot) & 1 != 0) revert AlreadyTaken(domain, lock.lockNullifier, slot, msg.sender);
        _taken[domain][lock.lockNullifier][msg.sender] = taken | (1 << slot);
        // Each rounded down: together they never exceed the lenders' part.
        uint64 amount = uint64(Math.mulDiv(_lendersPart(lock, domain, slot), share, WHOLE));
        if (amount == 0) revert NothingLeft(domain, lock.lockNullifier, slot);
        lock.vault.payOut(domain, lock.lockNullifier, slot, amount, to);
    }

    /// @notice Give back what exceeds a shared lock's debt, as free notes under the precommitment of the rest's note: whoever can spend that can spend these. Anyone who knows
    ///         its opening. msg.value: the vault's entry fee for each slot of which something goes back.
    /// @param restLo packed amounts of the rest's note. @param restHi the other four.
    function returnExcess(
        LockRef calldata lock,
        uint256 pre,
        uint256 restLo,
        uint256 restHi
    ) external payable nonReentrant {
        (uint256 domain, , ) = _forLenders(lock);
        (, uint256 expected, , ) = lock.vault.payoutTerms(domain, lock.lockNullifier);
        uint256 got = noteHash.freeNote(pre, restLo, restHi);
        if (got != expected) revert NotTheRest(expected, got);

        uint256 fee = lock.vault.entryFee();
        uint256 due;
        for (uint8 slot = 0; slot < PackedAmounts.SLOTS; slot++) {
            uint64 excess = _excess(lock, domain, slot);
            if (excess == 0 || _isReturned(domain, lock.lockNullifier, slot)) continue;
            // Nobody is the lender of address(0).
            _taken[domain][lock.lockNullifier][address(0)] |= 1 << slot;
            due += fee;
            if (due > msg.value) revert WrongValue(due, msg.value);
            lock.vault.payBack{value: fee}(domain, lock.lockNullifier, slot, excess, pre);
        }
        if (due == 0) revert NothingLeft(domain, lock.lockNullifier, 0);
        if (due != msg.value) revert WrongValue(due, msg.value);
    }

    // -- governance ---------------------------------------------------------------------------------------------------

    /// @notice Name the guardian; address(0) = none. Owner only.
    function setGuardian(address guardian_) external onlyOwner {
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }

    // -- views --------------------------------------------------------------------------------------------------------

    /// @notice What of a lock's claim belongs to lenders. @return shared whether that is fixed. @return debt µUSD.
    function debtOf(uint256 domain, uint256 lockNullifier) external view returns (bool shared, uint64 debt) {
        uint256 plusOne = _debtPlusOne[domain][lockNullifier];
        return plusOne == 0 ? (false, 0) : (true, uint64(plusOne - 1));
    }

    // -- internals ----------------------------------------------------------------------------------------------------

    function _domain(LockRef calldata lock) private view returns (uint256) {
        return DomainLib.compute(localEid, address(lock.vault), lock.marginEid, lock.engine);
    }

    function _recipient(LockRef calldata lock) private view returns (uint256 domain, address recipient) {
        domain = _domain(lock);
        recipient = orderInbox.recipientOf(domain, lock.lockNullifier);
        if (recipient == address(0)) revert NotReleased(domain, lock.lockNullifier);
    }

    function _payLeft(LockRef calldata lock, uint256 domain, uint8 slot, address to) private {
        uint64 left = _seized(lock, domain, slot) - lock.vault.payoutTaken(domain, lock.lockNullifier, slot);
        if (left == 0) revert NothingLeft(domain, lock.lockNullifier, slot);
        lock.vault.payOut(domain, lock.lockNullifier, slot, left, to);
    }

    function _seized(LockRef calldata lock, uint256 domain, uint8 slot) private view returns (uint64) {
        (bool settled, uint256 lo, uint256 hi) = lock.vault.payoutOf(domain, lock.lockNullifier);
        if (!settled) revert NotSettled(domain, lock.lockNullifier);
        return slot < PackedAmounts.SLOTS ? PackedAmounts.amountAt(lo, hi, slot) : 0;
    }

    /// @dev Escaped, or taken over by a chain that died before it said who bought the lot. @return hasList whether the domain's debts hold and count for the lock.
    function _forLenders(LockRef calldata lock) private view returns (uint256 domain, uint64 claim, bool hasList) {
        domain = _domain(lock);
        uint40 settledAt;
        (claim, , , settledAt) = lock.vault.payoutTerms(domain, lock.lockNullifier);
        if (claim == 0) revert NotSettled(domain, lock.lockNullifier);
        if (!orderInbox.isRetired(domain) || orderInbox.recipientOf(domain, lock.lockNullifier) != address(0))
            revert NotForLenders(domain, lock.lockNullifier);
        uint256 until = _postableUntil(domain, settledAt);
        uint256 effectiveAt = debts[domain].effectiveAt;
        // Posted by then, it counts; posted later, it neither counts nor holds up.
        hasList = effectiveAt != 0 && effectiveAt <= until + DEBTS_DELAY;
        uint256 from = hasList ? effectiveAt : until + 1;
        if (block.timestamp < from) revert DebtsUnknown(domain, from);
    }

    function _debtsHold(uint256 domain) private view returns (bool) {
        uint40 effectiveAt = debts[domain].effectiveAt;
        return effectiveAt != 0 && block.timestamp >= effectiveAt;
    }

    /// @dev Until when a list must be posted to count for a lock. A domain can be retired while its engine lives, and then nobody has a reason to post one.
    function _postableUntil(uint256 domain, uint40 settledAt) private view returns (uint256) {
        uint256 last = Math.max(settledAt, Math.max(orderInbox.retiredAt(domain), orderInbox.lastSeen(domain)));
        return Math.max(debts[domain].extendedUntil, last + POSTING_PERIOD);
    }

    function _isUnlisted(
        uint256 domain,
        uint256 lockNullifier,
        uint64 debt,
        uint256 proofLength
    ) private view returns (bool) {
        uint256 since = unlistedSince[domain][lockNullifier];
        return debt == 0 && proofLength == 0 && since != 0 && block.timestamp >= since + UNLISTED_DELAY;
    }

    /// @dev ⌈seized · debt / worth⌉, shared units, all of it once the debt reaches what was seized is worth at the order's prices: rounding goes to the lenders.
    function _lendersPart(LockRef calldata lock, uint256 domain, uint8 slot) private view returns (uint64) {
        uint256 plusOne = _debtPlusOne[domain][lock.lockNullifier];
        if (plusOne == 0) revert NotShared(domain, lock.lockNullifier);
        uint256 debt = plusOne - 1;
        if (debt == 0) return 0;
        (, , uint64 worth, ) = lock.vault.payoutTerms(domain, lock.lockNullifier);
        uint64 seized = _seized(lock, domain, slot);
        return debt < worth ? uint64(Math.mulDiv(seized, debt, worth, Math.Rounding.Ceil)) : seized;
    }

    function _excess(LockRef calldata lock, uint256 domain, uint8 slot) private view returns (uint64) {
        return _seized(lock, domain, slot) - _lendersPart(lock, domain, slot);
    }

    function _isReturned(uint256 domain, uint256 lockNullifier, uint8 slot) private view returns (bool) {
        return (_taken[domain][lockNullifier][address(0)] >> slot) & 1 != 0;
    }

    function _leaf(bytes memory encoded) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(encoded)));
    }
}
