// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {PackedAmounts} from "../libraries/PackedAmounts.sol";
import {TokenBucket} from "../libraries/TokenBucket.sol";

/// @title How much of each asset may leave a vault, net of what comes in, and the withdrawals that wait for it (design §6)
/// @dev A token bucket a slot: what leaves is taken from it, what is deposited goes back. What exceeds it is reserved of what is still to come: it has a time of its own,
///      which nothing that comes later moves, and no list that somebody could fill or block. Nobody waits longer than MAX_WAIT, whatever limits the owner sets: a
///      thief is slowed, and nobody's money is held.
///      Notes do not pass here: transfers, locks and settlements move nothing out.
abstract contract OutflowLimits is ICollateralVault, Ownable2Step {
    /// A slot's books: one word, so that what a deposit reads and writes is one word.
    struct Books {
        uint64 held; // shared units that notes hold
        uint64 owed; // shared units that PUBLIC settlements seized and nobody took yet, and delayed withdrawals
        uint64 fullAt; // TokenBucket of net outflow
        uint64 hourly; // its refill, shared units; 0 = no limit
    }

    /// One word.
    struct Delayed {
        address to;
        uint64 amount; // shared units; 0 = claimed
        uint32 readyAt; // seconds
    }

    /// Thrown when a slot is not one of the eight.
    error NoSuchSlot(uint8 slot);
    /// Thrown when a limit does not fill within 30 days, or is not below 2^63 shared units.
    error BadOutflowLimit(uint8 slot, uint64 burst, uint64 hourly);
    /// Thrown when a withdrawal is claimed that was never delayed, or was claimed.
    error NothingDelayed(uint8 slot, uint256 index);
    /// Thrown when a delayed withdrawal is claimed too early.
    error WithdrawalNotReady(uint8 slot, uint256 index, uint256 readyAt);
    /// Thrown when somebody else than its recipient sends a delayed withdrawal elsewhere.
    error NotYourWithdrawal(uint8 slot, uint256 index, address caller, address recipient);

    /// No withdrawal waits longer, seconds.
    uint256 public constant MAX_WAIT = 7 days;

    Books[8] internal _books;
    uint64[8] private _bursts; // capacities, shared units
    mapping(uint8 slot => Delayed[]) private _delayed;

    /// @inheritdoc ICollateralVault
    function outflowLimit(uint8 slot) external view override returns (uint64 burst, uint64 hourly, uint64 available) {
        if (slot >= PackedAmounts.SLOTS) revert NoSuchSlot(slot);
        Books memory b = _books[slot];
        if (b.hourly == 0) return (0, 0, type(uint64).max);
        burst = _bursts[slot];
        return (burst, b.hourly, uint64(TokenBucket.available(b.fullAt, block.timestamp, burst, b.hourly)));
    }

    /// @inheritdoc ICollateralVault
    function delayedWithdrawal(
        uint8 slot,
        uint256 index
    ) external view override returns (address to, uint64 amount, uint256 readyAt) {
        if (index >= _delayed[slot].length) return (address(0), 0, 0);
        Delayed memory d = _delayed[slot][index];
        return (d.to, d.amount, d.readyAt);
    }

    /// @inheritdoc ICollateralVault
    function delayedCount(uint8 slot) external view override returns (uint256) {
        return _delayed[slot].length;
    }

    /// @dev The caller has checked the slot and who asks. What is missing from the bucket stays missing.
    function _setOutflowLimit(uint8 slot, uint64 burst, uint64 hourly) internal {
        bool none = hourly == 0 && burst == 0;
        if (!none && (!TokenBucket.isValid(burst, hourly) || burst > PackedAmounts.MAX_AMOUNT)) {
            revert BadOutflowLimit(slot, burst, hourly);
        }
        Books memory b = _books[slot];
        bool keeps = b.hourly != 0 && !none;
        b.fullAt = keeps ? TokenBucket.retime(b.fullAt, block.timestamp, b.hourly, hourly) : 0;
        b.hourly = hourly;
        _writeBooks(slot, b);
        _bursts[slot] = burst;
        emit OutflowLimitSet(slot, burst, hourly);
    }

    /// @dev Whether a limit lets more out than the one there is.
    function _raisesOutflow(uint8 slot, uint64 burst, uint64 hourly) internal view returns (bool) {
        uint64 was = _books[slot].hourly;
        return was != 0 && (hourly == 0 || hourly > was || burst > _bursts[slot]);
    }

    /// @dev `amount` shared units are about to leave. @return readyAt 0 = now.
    function _reserveOutflow(uint8 slot, uint64 amount) internal returns (uint256 readyAt) {
        Books memory b = _books[slot];
        if (b.hourly == 0) return 0;
        (b.fullAt, readyAt) = TokenBucket.reserve(b.fullAt, block.timestamp, amount, _bursts[slot], b.hourly, MAX_WAIT);
        _books[slot].fullAt = b.fullAt;
        if (readyAt == block.timestamp) readyAt = 0;
    }

    /// @dev `amount` shared units come in: held, and room in the bucket. @return due shared units that the slot's token must cover then.
    function _bookIn(uint8 slot, Books memory b, uint64 amount) internal returns (uint256 due) {
        b.held += amount;
        if (b.hourly != 0) b.fullAt = TokenBucket.giveBack(b.fullAt, amount, b.hourly);
        _writeBooks(slot, b);
        return uint256(b.held) + b.owed;
    }

    /// @dev Solidity would write the word field by field.
    function _writeBooks(uint8 slot, Books memory b) private {
        Books storage stored = _books[slot];
        uint256 word =
            uint256(b.held) | (uint256(b.owed) << 64) | (uint256(b.fullAt) << 128) | (uint256(b.hourly) << 192);
        assembly ("memory-safe") {
            sstore(stored.slot, word)
        }
    }

    /// @dev The amount is on the books as owed.
    function _delay(address to, uint8 slot, uint64 amount, uint256 readyAt) internal {
        if (amount == 0) return;
        emit WithdrawalDelayed(to, slot, _delayed[slot].length, amount, readyAt);
        _delayed[slot].push(Delayed(to, amount, uint32(readyAt)));
    }

    /// @dev Takes a delayed withdrawal off the list. @param to where its recipient wants it; 0 = to the recipient.
    function _undelay(uint8 slot, uint256 index, address to) internal returns (address payee, uint64 amount) {
        if (index >= _delayed[slot].length) revert NothingDelayed(slot, index);
        Delayed memory d = _delayed[slot][index];
        if (d.amount == 0) revert NothingDelayed(slot, index);
        if (block.timestamp < d.readyAt) revert WithdrawalNotReady(slot, index, d.readyAt);
        if (to != address(0) && msg.sender != d.to) revert NotYourWithdrawal(slot, index, msg.sender, d.to);
        delete _delayed[slot][index];
        emit WithdrawalClaimed(slot, index);
        return (to == address(0) ? d.to : to, d.amount);
    }
}
