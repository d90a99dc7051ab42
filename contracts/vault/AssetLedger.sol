// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {PackedAmounts} from "../libraries/PackedAmounts.sol";
import {NoteQueue} from "./NoteQueue.sol";
import {OutflowLimits} from "./OutflowLimits.sol";

/// @title The eight assets of a vault: listing, conversion to shared decimals, caps, what is held, money in and out
/// @dev Invariant VLT-HELD: for each listed token, vault balance ≥ (held + owed) · scale, scale = 10^(decimals − sharedDecimals).
///      Warning: list no token that rebases downwards or takes a fee beyond the amount from the sender (docs/tokens.md): a contract cannot see either at listing. A slot
///      that has become short takes no more deposits, and no other slot notices.
abstract contract AssetLedger is NoteQueue, OutflowLimits {
    using SafeERC20 for IERC20;

    uint8 internal constant MAX_SHARED_DECIMALS = 8;
    /// 2^63 · 10^36 < 2^256: no conversion overflows.
    uint8 internal constant MAX_DECIMALS = 36;
    uint8 internal constant NATIVE_DECIMALS = 18;

    event AssetListed(uint8 indexed slot, address indexed token, uint8 decimals, uint8 sharedDecimals, uint64 cap);
    event CapSet(uint8 indexed slot, uint64 cap);

    /// Thrown when an asset is listed in a slot that has one. A slot's asset is for ever.
    error SlotTaken(uint8 slot, address token);
    /// Thrown when a token is already in another slot: each token's balance backs one slot.
    error AlreadyListed(address token, uint8 slot);
    /// Thrown when a slot has no asset.
    error SlotNotListed(uint8 slot);
    /// Thrown when there is no code at the address of a token, or of what the vault is built on.
    error NotAContract(address account);
    /// Thrown unless sharedDecimals ≤ 8, sharedDecimals ≤ decimals ≤ 36.
    error BadDecimals(uint8 decimals, uint8 sharedDecimals);
    /// Thrown when a cap is 0 or not below 2^63 shared units.
    error BadCap(uint64 cap);
    /// Thrown when an amount of 0 is deposited.
    error ZeroAmount(uint8 slot);
    /// Thrown when `amount` token units are no multiple of `unit`, the token units in one shared unit.
    error Dust(uint8 slot, uint256 amount, uint256 unit);
    /// Thrown when an amount (shared units) does not fit 63 bits.
    error AmountTooWide(uint8 slot, uint256 amount);
    /// Thrown when a deposit would take what the slot holds and owes over its cap (shared units).
    error CapExceeded(uint8 slot, uint256 wouldHold, uint64 cap);
    /// Thrown when the vault did not receive exactly the amount (token units): fee-on-transfer tokens are refused.
    error ReceivedWrongAmount(uint8 slot, uint256 expected, uint256 received);
    /// Thrown when a slot's token has less for the vault than it owes (token units): it was rebased, or worse. Withdrawing works while there is something.
    error SlotShort(uint8 slot, uint256 balance, uint256 due);
    /// Thrown when a payout exceeds what the slot holds (shared units). A sound proof never gets here.
    error HeldExceeded(uint8 slot, uint64 amount, uint64 held);

    Asset[8] private _assets;

    constructor(address owner_) Ownable(owner_) {}

    /// @notice List an asset in an empty slot, once and for ever. token = address(0): the native asset. Owner only.
    function listAsset(uint8 slot, address token, uint8 sharedDecimals, uint64 cap) external onlyOwner {
        if (slot >= PackedAmounts.SLOTS) revert NoSuchSlot(slot);
        if (_assets[slot].cap != 0) revert SlotTaken(slot, _assets[slot].token);
        for (uint8 other = 0; other < PackedAmounts.SLOTS; other++) {
            if (_assets[other].cap != 0 && _assets[other].token == token) revert AlreadyListed(token, other);
        }
        if (token != address(0)) _requireContract(token);
        uint8 decimals = token == address(0) ? NATIVE_DECIMALS : IERC20Metadata(token).decimals();
        if (sharedDecimals > MAX_SHARED_DECIMALS || decimals < sharedDecimals || decimals > MAX_DECIMALS) {
            revert BadDecimals(decimals, sharedDecimals);
        }
        _requireCap(cap);
        _assets[slot] = Asset({token: token, decimals: decimals, sharedDecimals: sharedDecimals, cap: cap});
        emit AssetListed(slot, token, decimals, sharedDecimals, cap);
    }

    /// @notice Change a slot's cap. Below what it holds and owes, deposits stop and nothing else does. Owner only.
    function setCap(uint8 slot, uint64 cap) external onlyOwner {
        _listed(slot);
        _requireCap(cap);
        _assets[slot].cap = cap;
        emit CapSet(slot, cap);
    }

    function assets(uint8 slot) external view override returns (Asset memory) {
        if (slot >= PackedAmounts.SLOTS) revert NoSuchSlot(slot);
        return _assets[slot];
    }

    function held(uint8 slot) external view override returns (uint256) {
        if (slot >= PackedAmounts.SLOTS) revert NoSuchSlot(slot);
        return _books[slot].held;
    }

    function owed(uint8 slot) external view override returns (uint256) {
        if (slot >= PackedAmounts.SLOTS) revert NoSuchSlot(slot);
        return _books[slot].owed;
    }

    /// @dev Books a deposit of `amount` token units; the money is taken by `_collect`, last.
    /// @return asset of the slot. @return shared units. @return due shared units that the slot then holds and owes.
    function _book(uint8 slot, uint256 amount) internal returns (Asset memory asset, uint64 shared, uint256 due) {
        asset = _listed(slot);
        if (amount == 0) revert ZeroAmount(slot);
        uint256 unit = _unit(asset);
        if (amount % unit != 0) revert Dust(slot, amount, unit);
        if (amount / unit > PackedAmounts.MAX_AMOUNT) revert AmountTooWide(slot, amount / unit);
        shared = uint64(amount / unit);
        Books memory books = _books[slot];
        // What is owed is in the vault as well; so held + owed < 2^63 always, and booking what is owed never overflows.
        uint256 wouldHold = uint256(books.held) + books.owed + shared;
        if (wouldHold > asset.cap) revert CapExceeded(slot, wouldHold, asset.cap);
        due = _bookIn(slot, books, shared);
    }

    /// @dev Takes `amount` token units from the caller, exactly; the books have them already. The native asset came with the call.
    function _collect(uint8 slot, Asset memory asset, uint256 amount, uint256 due) internal {
        address token = asset.token;
        if (token == address(0)) return;
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 afterwards = IERC20(token).balanceOf(address(this));
        uint256 received = afterwards > before ? afterwards - before : 0;
        if (received != amount) revert ReceivedWrongAmount(slot, amount, received);
        due *= _unit(asset);
        if (afterwards < due) revert SlotShort(slot, afterwards, due);
    }

    /// @dev Takes a withdrawal off the books. Their width was checked with the proof.
    function _unbook(uint256 lo, uint256 hi) internal {
        for (uint8 slot = 0; slot < PackedAmounts.SLOTS; slot++) {
            uint64 amount = PackedAmounts.amountAt(lo, hi, slot);
            if (amount == 0) continue;
            uint64 has = _books[slot].held;
            if (amount > has) revert HeldExceeded(slot, amount, has);
            _books[slot].held = has - amount;
        }
    }

    /// @dev A PUBLIC settlement's amounts leave the notes and wait to be taken, per token: none can hold up another, or the settlement.
    function _bookOwed(uint256 lo, uint256 hi) internal {
        _unbook(lo, hi);
        for (uint8 slot = 0; slot < PackedAmounts.SLOTS; slot++) {
            uint64 amount = PackedAmounts.amountAt(lo, hi, slot);
            if (amount != 0) _books[slot].owed += amount;
        }
    }

    /// @dev A withdrawal that must wait: it is off the notes' books already.
    function _owe(uint8 slot, uint64 amount) internal {
        _books[slot].owed += amount;
    }

    /// @dev Takes what is owed off the books. The caller knows that it is owed.
    function _unbookOwed(uint8 slot, uint64 amount) internal {
        _books[slot].owed -= amount;
    }

    /// @dev What was owed belongs to a note again.
    function _rebook(uint8 slot, uint64 amount) internal {
        _books[slot].owed -= amount;
        _books[slot].held += amount;
    }

    /// @dev Pays `amount` shared units out. The books were changed before.
    function _pay(address to, uint8 slot, uint64 amount) internal {
        if (amount == 0) return;
        Asset memory asset = _listed(slot);
        emit Withdrawn(to, slot, amount);
        uint256 units = amount * _unit(asset);
        if (asset.token == address(0)) _sendNative(to, units);
        else IERC20(asset.token).safeTransfer(to, units);
    }

    function _listed(uint8 slot) internal view returns (Asset memory asset) {
        if (slot >= PackedAmounts.SLOTS) revert NoSuchSlot(slot);
        asset = _assets[slot];
        if (asset.cap == 0) revert SlotNotListed(slot);
    }

    /// @dev Token units in one shared unit. decimals ≥ sharedDecimals by listing.
    function _unit(Asset memory asset) private pure returns (uint256) {
        return 10 ** uint256(asset.decimals - asset.sharedDecimals);
    }

    function _requireContract(address account) internal view {
        if (account.code.length == 0) revert NotAContract(account);
    }

    function _requireCap(uint64 cap) private pure {
        if (cap == 0 || cap > PackedAmounts.MAX_AMOUNT) revert BadCap(cap);
    }
}
