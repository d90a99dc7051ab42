// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IOrderInbox} from "../interfaces/IOrderInbox.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {FIELD_ORDER} from "../libraries/Field.sol";
import {ProofCheck} from "../libraries/ProofCheck.sol";
import {PackedAmounts} from "../libraries/PackedAmounts.sol";
import {QueueLib} from "../libraries/QueueLib.sol";
import {SettleOrder, ZkProof} from "../types/Types.sol";
import {SettleValues, TransactValues} from "../verifiers/PublicValues.sol";
import {AssetLedger} from "./AssetLedger.sol";
import {NoteQueue} from "./NoteQueue.sol";
import {RecoveryVault} from "./RecoveryVault.sol";

/// @title CollateralVault
/// @dev No role can move a note or hold up transact or settle: the owner lists assets, sets caps and outflow limits and names the guardian; the guardian pauses
///      deposits and tightens outflow limits, which make a withdrawal wait for MAX_WAIT at most. Verifiers, fees and the order inbox are immutable.
contract CollateralVault is AssetLedger {
    struct Config {
        address owner;
        address guardian;
        IOrderInbox orderInbox; // of this chain; its LayerZero endpoint id is the vault's
        address recoveryVault; // decides where PUBLIC settlements' amounts go
        IProofVerifier batch16Verifier;
        IProofVerifier batch64Verifier;
        IProofVerifier transactVerifier;
        IProofVerifier settleVerifier;
        uint256 entryFee; // wei per queue entry
        uint256 sealDelay; // seconds
    }

    /// A memo is opaque here but has one size, so that it tells nothing.
    uint256 public constant MEMO_BYTES = 288;

    event GuardianSet(address indexed guardian);
    event DepositsPaused(address indexed by);
    event DepositsUnpaused(address indexed by);

    /// Thrown by `deposit` while deposits are paused. Everything else works.
    error DepositsArePaused();
    /// Thrown when the caller may not do this.
    error NotGuardian(address caller);
    /// Thrown when msg.value is not the deposited native amount (0 for a token) plus the entry fee, wei.
    error WrongValue(uint256 expected, uint256 got);
    /// Thrown when a precommitment is 0 or not below the field order.
    error BadPrecommitment(uint256 pre);
    /// Thrown when a memo does not have its one size. A deposit's may be empty.
    error BadMemoLength(uint256 expected, uint256 got);
    /// Thrown when a transact comes after its deadline (seconds).
    error DeadlinePassed(uint256 deadline, uint256 time);
    /// Thrown when a root is none that this vault has had since its first batch.
    error UnknownRoot(uint256 root);
    /// Thrown when a note was spent before.
    error AlreadySpent(uint256 nullifier);
    /// Thrown when both inputs of a transact are the same note.
    error SameNullifier(uint256 nullifier);
    /// Thrown when a withdrawal has no recipient, or the vault itself.
    error BadRecipient(address recipient);
    /// Thrown when the relayer's fee exceeds the withdrawal of its slot (shared units), or there is a fee and no relayer.
    error BadRelayerFee(address relayer, uint8 slot, uint64 fee, uint64 withdrawn);
    /// Thrown when an order names another vault.
    error OrderOfAnotherVault(address vault);
    /// Thrown when the order is not the one that the inbox says may be settled now. expected = 0: none is recorded, or its claim waits for its OPENED.
    error OrderNotExecutable(uint256 domain, uint256 lockNullifier, bytes32 expected, bytes32 got);
    /// Thrown when a lock was settled before.
    error AlreadySettled(uint256 lockNullifier);
    /// Thrown when a private settlement would pay tokens out.
    error UnexpectedPayout(uint256 lockNullifier);
    error NotRecoveryVault(address caller);
    /// Thrown when the recovery vault listens to another inbox than the vault: escapes and releases would not reach it.
    error WrongRecoveryVault(address expected, address got);
    /// Thrown when more would be taken of a PUBLIC settlement than is left of it (shared units).
    error PayoutExceeded(uint256 domain, uint256 lockNullifier, uint8 slot, uint64 amount, uint64 left);

    /// What a PUBLIC settlement seized.
    struct Payout {
        uint256 lo;
        uint256 hi;
        uint256 restCommitment;
        uint64 claim; // µUSD, > 0
        uint64 worth; // of lo, hi at the order's prices, µUSD, ≤ claim
        uint40 settledAt; // seconds
        mapping(uint8 slot => uint64) taken; // shared units
    }

    /// @notice Where margin chains' orders arrive.
    IOrderInbox public immutable orderInbox;
    IProofVerifier public immutable transactVerifier;
    IProofVerifier public immutable settleVerifier;
    /// @inheritdoc ICollateralVault
    uint32 public immutable localEid;
    /// @inheritdoc ICollateralVault
    address public immutable recoveryVault;

    /// @notice May pause deposits and tighten outflow limits, and nothing else.
    address public guardian;
    mapping(uint256 nullifier => uint256) private _spent; // 1 = spent
    mapping(uint256 lockNullifier => uint256) private _lockSpent; // 1 = settled
    mapping(uint256 domain => mapping(uint256 lockNullifier => Payout)) private _payouts;

    constructor(
        Config memory config
    )
        NoteQueue(config.batch16Verifier, config.batch64Verifier, config.entryFee, config.sealDelay)
        AssetLedger(config.owner)
    {
        // Each of these is for ever.
        _requireContract(address(config.orderInbox));
        _requireContract(config.recoveryVault);
        _requireContract(address(config.batch16Verifier));
        _requireContract(address(config.batch64Verifier));
        _requireContract(address(config.transactVerifier));
        _requireContract(address(config.settleVerifier));
        address recoveryInbox = address(RecoveryVault(config.recoveryVault).orderInbox());
        if (recoveryInbox != address(config.orderInbox))
            revert WrongRecoveryVault(address(config.orderInbox), recoveryInbox);
        orderInbox = config.orderInbox;
        localEid = config.orderInbox.localEid();
        transactVerifier = config.transactVerifier;
        settleVerifier = config.settleVerifier;
        recoveryVault = config.recoveryVault;
        guardian = config.guardian;
        emit GuardianSet(config.guardian);
    }

    // -- actions ------------------------------------------------------------------------------------------------------

    /// @inheritdoc ICollateralVault
    function deposit(
        uint8 slot,
        uint256 amount,
        uint256 pre,
        bytes calldata memo
    ) external payable override nonReentrant {
        OpenChunk memory open = _open;
        if (open.depositsPaused) revert DepositsArePaused();
        if (pre == 0 || pre >= FIELD_ORDER) revert BadPrecommitment(pre);
        if (memo.length != 0) _requireMemo(memo);

        (Asset memory asset, uint64 shared, uint256 booked) = _book(slot, amount);
        uint256 due = asset.token == address(0) ? amount + entryFee : entryFee;
        if (msg.value != due) revert WrongValue(due, msg.value);

        _enqueue(open, pre, QueueLib.depositMeta(slot, shared));
        emit Deposited(msg.sender, pre, slot, shared, memo);
        _collect(slot, asset, amount, booked);
    }

    /// @inheritdoc ICollateralVault
    function transact(TransactParams calldata params, ZkProof calldata proof) external payable override nonReentrant {
        if (block.timestamp > params.deadline) revert DeadlinePassed(params.deadline, block.timestamp);
        _requireEntryFees(msg.value, 2);
        _requireMemo(params.memo0);
        _requireMemo(params.memo1);
        _requirePayees(params);
        if (!isKnownRoot(params.root)) revert UnknownRoot(params.root);
        uint256 nullifier0 = params.nullifiers[0];
        uint256 nullifier1 = params.nullifiers[1];
        if (nullifier0 == nullifier1) revert SameNullifier(nullifier0);
        if (_spent[nullifier0] != 0) revert AlreadySpent(nullifier0);
        if (_spent[nullifier1] != 0) revert AlreadySpent(nullifier1);

        ProofCheck.requireProof(transactVerifier, _transactValues(params), proof);

        _spent[nullifier0] = 1;
        _spent[nullifier1] = 1;
        _enqueueNotes(params.outCommitments[0], params.outCommitments[1]);
        emit Transacted(
            nullifier0,
            nullifier1,
            params.outCommitments[0],
            params.outCommitments[1],
            params.memo0,
            params.memo1
        );
        if (params.withdrawLo | params.withdrawHi != 0) _withdraw(params);
    }

    /// @inheritdoc ICollateralVault
    function settle(
        SettleOrder calldata order,
        uint32 marginEid,
        SettleParams calldata params,
        ZkProof calldata proof
    ) external payable override nonReentrant {
        if (order.vault != address(this)) revert OrderOfAnotherVault(order.vault);
        uint256 lockNullifier = order.lockNullifier;
        bool hasBuyer = order.claim > 0 && !order.isPublic;
        if (!order.isPublic && params.payoutLo | params.payoutHi != 0) revert UnexpectedPayout(lockNullifier);
        _requireEntryFees(msg.value, hasBuyer ? 2 : 1);
        if (!isKnownRoot(params.root)) revert UnknownRoot(params.root);
        if (_lockSpent[lockNullifier] != 0) revert AlreadySettled(lockNullifier);
        uint256 domain = DomainLib.compute(localEid, address(this), marginEid, order.engine);
        bytes32 orderHash = keccak256(abi.encode(order));
        (bytes32 expected, bool isEscape) = orderInbox.executable(domain, lockNullifier);
        if (orderHash != expected) revert OrderNotExecutable(domain, lockNullifier, expected, orderHash);

        ProofCheck.requireProof(settleVerifier, _settleValues(order, domain, params), proof);

        _lockSpent[lockNullifier] = 1;
        // The circuit has a buyer's note exactly when claim > 0 and the order is private, and 0 in its place otherwise.
        if (hasBuyer) _enqueueNotes(params.restCommitment, params.buyerCommitment);
        else _enqueue(_open, params.restCommitment, QueueLib.NOTE_META);
        if (order.isPublic) _recordPayout(domain, order, params);
        if (isEscape) orderInbox.markEscaped(marginEid, order.engine, lockNullifier);
        emit Settled(
            domain,
            lockNullifier,
            order.claim,
            params.buyerCommitment,
            params.restCommitment,
            params.ephemeralX,
            params.ephemeralY,
            params.sealedOpening
        );
    }

    // -- PUBLIC settlements -------------------------------------------------------------------------------------------

    /// @inheritdoc ICollateralVault
    function payOut(
        uint256 domain,
        uint256 lockNullifier,
        uint8 slot,
        uint64 amount,
        address to
    ) external override nonReentrant {
        _take(domain, lockNullifier, slot, amount, to);
        _requireRecipient(to);
        uint256 readyAt = _reserveOutflow(slot, amount);
        if (readyAt != 0) return _delay(to, slot, amount, readyAt);
        _unbookOwed(slot, amount);
        _pay(to, slot, amount);
    }

    // -- delayed withdrawals ------------------------------------------------------------------------------------------

    /// @inheritdoc ICollateralVault
    function claimDelayed(uint8 slot, uint256 index) external override nonReentrant {
        _claimDelayed(slot, index, address(0));
    }

    /// @inheritdoc ICollateralVault
    function claimDelayedTo(uint8 slot, uint256 index, address to) external override nonReentrant {
        _requireRecipient(to);
        _claimDelayed(slot, index, to);
    }

    function _claimDelayed(uint8 slot, uint256 index, address to) private {
        (address payee, uint64 amount) = _undelay(slot, index, to);
        _unbookOwed(slot, amount);
        _pay(payee, slot, amount);
    }

    /// @inheritdoc ICollateralVault
    function payBack(
        uint256 domain,
        uint256 lockNullifier,
        uint8 slot,
        uint64 amount,
        uint256 pre
    ) external payable override nonReentrant {
        if (amount == 0) revert ZeroAmount(slot);
        if (pre == 0 || pre >= FIELD_ORDER) revert BadPrecommitment(pre);
        if (msg.value != entryFee) revert WrongValue(entryFee, msg.value);
        _take(domain, lockNullifier, slot, amount, address(this));
        _rebook(slot, amount);
        _enqueue(_open, pre, QueueLib.depositMeta(slot, amount));
        emit Deposited(msg.sender, pre, slot, amount, "");
    }

    /// @inheritdoc ICollateralVault
    function payoutOf(
        uint256 domain,
        uint256 lockNullifier
    ) external view override returns (bool settled, uint256 lo, uint256 hi) {
        Payout storage payout = _payouts[domain][lockNullifier];
        return (payout.claim != 0, payout.lo, payout.hi);
    }

    /// @inheritdoc ICollateralVault
    function payoutTerms(
        uint256 domain,
        uint256 lockNullifier
    ) external view override returns (uint64 claim, uint256 restCommitment, uint64 worth, uint40 settledAt) {
        Payout storage payout = _payouts[domain][lockNullifier];
        return (payout.claim, payout.restCommitment, payout.worth, payout.settledAt);
    }

    /// @inheritdoc ICollateralVault
    function payoutTaken(uint256 domain, uint256 lockNullifier, uint8 slot) external view override returns (uint64) {
        return _payouts[domain][lockNullifier].taken[slot];
    }

    function _recordPayout(uint256 domain, SettleOrder calldata order, SettleParams calldata params) private {
        Payout storage payout = _payouts[domain][order.lockNullifier];
        (payout.lo, payout.hi) = (params.payoutLo, params.payoutHi);
        (payout.claim, payout.restCommitment) = (order.claim, params.restCommitment);
        (payout.worth, payout.settledAt) = (_worth(order, params), uint40(block.timestamp));
        _bookOwed(params.payoutLo, params.payoutHi);
        emit PublicSettled(domain, order.lockNullifier, params.payoutLo, params.payoutHi);
    }

    /// @dev Where the claim took all there was, that is worth less than the claim.
    function _worth(SettleOrder calldata order, SettleParams calldata params) private pure returns (uint64) {
        uint256 sum;
        for (uint256 slot = 0; slot < PackedAmounts.SLOTS; slot++) {
            uint256 amount = PackedAmounts.amountAt(params.payoutLo, params.payoutHi, slot);
            sum += (amount * order.seizurePricesX64[slot]) >> 64; // 63 + 96 bits
        }
        return sum < order.claim ? uint64(sum) : order.claim;
    }

    function _take(uint256 domain, uint256 lockNullifier, uint8 slot, uint64 amount, address to) private {
        if (msg.sender != recoveryVault) revert NotRecoveryVault(msg.sender);
        if (slot >= PackedAmounts.SLOTS) revert NoSuchSlot(slot);
        Payout storage payout = _payouts[domain][lockNullifier];
        uint64 left = PackedAmounts.amountAt(payout.lo, payout.hi, slot) - payout.taken[slot];
        if (amount > left) revert PayoutExceeded(domain, lockNullifier, slot, amount, left);
        payout.taken[slot] += amount;
        emit PayoutTaken(domain, lockNullifier, slot, amount, to);
    }

    // -- guardian and owner -------------------------------------------------------------------------------------------

    /// @notice Stop deposits. Guardian or owner.
    function pauseDeposits() external {
        if (msg.sender != guardian && msg.sender != owner()) revert NotGuardian(msg.sender);
        _open.depositsPaused = true;
        emit DepositsPaused(msg.sender);
    }

    /// @notice Allow deposits again. Owner only.
    function unpauseDeposits() external onlyOwner {
        _open.depositsPaused = false;
        emit DepositsUnpaused(msg.sender);
    }

    /// @notice What may leave of a slot's asset at once, net of deposits, and how fast that comes back an hour, shared units; both 0 = no limit. Guardian or owner; letting
    ///         more out, the owner only. It applies to what is withdrawn later; what is delayed keeps its time.
    function setOutflowLimit(uint8 slot, uint64 burst, uint64 hourly) external {
        _listed(slot);
        if (_raisesOutflow(slot, burst, hourly)) _checkOwner();
        else if (msg.sender != guardian && msg.sender != owner()) revert NotGuardian(msg.sender);
        _setOutflowLimit(slot, burst, hourly);
    }

    /// @notice Name the guardian; address(0) = none. Owner only.
    function setGuardian(address guardian_) external onlyOwner {
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }

    // -- views --------------------------------------------------------------------------------------------------------

    function depositsPaused() external view returns (bool) {
        return _open.depositsPaused;
    }

    /// @inheritdoc ICollateralVault
    function isSpent(uint256 nullifier) external view override returns (bool) {
        return _spent[nullifier] != 0;
    }

    /// @inheritdoc ICollateralVault
    function isLockSpent(uint256 lockNullifier) external view override returns (bool) {
        return _lockSpent[lockNullifier] != 0;
    }

    // -- internals ----------------------------------------------------------------------------------------------------

    function _requireMemo(bytes calldata memo) private pure {
        if (memo.length != MEMO_BYTES) revert BadMemoLength(MEMO_BYTES, memo.length);
    }

    function _requireRecipient(address to) private view {
        if (to == address(0) || to == address(this)) revert BadRecipient(to);
    }

    function _requirePayees(TransactParams calldata params) private view {
        bool pays = params.withdrawLo | params.withdrawHi != 0;
        if (params.recipient == address(this) || (pays && params.recipient == address(0))) {
            revert BadRecipient(params.recipient);
        }
        if (params.fee == 0) return;
        if (params.feeSlot >= PackedAmounts.SLOTS) revert NoSuchSlot(params.feeSlot);
        uint64 withdrawn = PackedAmounts.amountAt(params.withdrawLo, params.withdrawHi, params.feeSlot);
        if (params.fee > withdrawn || params.relayer == address(0) || params.relayer == address(this)) {
            revert BadRelayerFee(params.relayer, params.feeSlot, params.fee, withdrawn);
        }
    }

    /// @dev ext binds everything the circuit does not know.
    function _transactValues(TransactParams calldata params) private view returns (uint256[] memory values) {
        bytes memory bound = abi.encode(
            "hypothec.transact",
            block.chainid,
            address(this),
            params.recipient,
            params.relayer,
            params.feeSlot,
            params.fee,
            params.deadline,
            keccak256(params.memo0),
            keccak256(params.memo1)
        );
        values = new uint256[](TransactValues.COUNT);
        values[TransactValues.ROOT] = params.root;
        values[TransactValues.NULLIFIER] = params.nullifiers[0];
        values[TransactValues.NULLIFIER + 1] = params.nullifiers[1];
        values[TransactValues.OUT_COMMITMENT] = params.outCommitments[0];
        values[TransactValues.OUT_COMMITMENT + 1] = params.outCommitments[1];
        values[TransactValues.WITHDRAW_LO] = params.withdrawLo;
        values[TransactValues.WITHDRAW_HI] = params.withdrawHi;
        values[TransactValues.EXT] = uint256(keccak256(bound)) >> 8;
        TransactValues.checkWidths(values);
    }

    function _settleValues(
        SettleOrder calldata order,
        uint256 domain,
        SettleParams calldata params
    ) private pure returns (uint256[] memory values) {
        values = new uint256[](SettleValues.COUNT);
        values[SettleValues.ROOT] = params.root;
        values[SettleValues.LOCK_NULLIFIER] = order.lockNullifier;
        values[SettleValues.DOMAIN] = domain;
        values[SettleValues.CLAIM] = order.claim;
        for (uint256 i = 0; i < PackedAmounts.SLOTS; i++) {
            values[SettleValues.SEIZURE_PRICE_X64 + i] = order.seizurePricesX64[i];
        }
        values[SettleValues.IS_PUBLIC] = order.isPublic ? 1 : 0;
        values[SettleValues.PAYOUT_LO] = params.payoutLo;
        values[SettleValues.PAYOUT_HI] = params.payoutHi;
        values[SettleValues.BUYER_OWNER] = order.buyerOwner;
        values[SettleValues.BUYER_KEY_X] = order.buyerKey.x;
        values[SettleValues.BUYER_KEY_Y] = order.buyerKey.y;
        values[SettleValues.BUYER_COMMITMENT] = params.buyerCommitment;
        values[SettleValues.REST_COMMITMENT] = params.restCommitment;
        values[SettleValues.EPHEMERAL_X] = params.ephemeralX;
        values[SettleValues.EPHEMERAL_Y] = params.ephemeralY;
        for (uint256 i = 0; i < params.sealedOpening.length; i++) {
            values[SettleValues.SEALED + i] = params.sealedOpening[i];
        }
        SettleValues.checkWidths(values);
    }

    function _withdraw(TransactParams calldata params) private {
        (uint256 lo, uint256 hi) = (params.withdrawLo, params.withdrawHi);
        _unbook(lo, hi);
        for (uint8 slot = 0; slot < PackedAmounts.SLOTS; slot++) {
            uint64 amount = PackedAmounts.amountAt(lo, hi, slot);
            if (amount == 0) continue; // and no fee either: _requirePayees
            uint64 fee = slot == params.feeSlot ? params.fee : 0; // ≤ amount
            uint256 readyAt = _reserveOutflow(slot, amount);
            if (readyAt == 0) {
                _pay(params.relayer, slot, fee);
                _pay(params.recipient, slot, amount - fee);
            } else {
                _owe(slot, amount);
                _delay(params.relayer, slot, fee, readyAt);
                _delay(params.recipient, slot, amount - fee, readyAt);
            }
        }
    }
}
