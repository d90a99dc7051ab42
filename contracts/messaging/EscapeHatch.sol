// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IOrderInbox} from "../interfaces/IOrderInbox.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {SettleOrder} from "../types/Types.sol";
import {OrderRecords} from "./OrderRecords.sol";

/// @title How a lock goes home when its margin chain is dead, and never while it lives (ESC-1 to 3)
/// @dev Life is shown by heartbeats alone, and by the time that D put into them: an order that somebody held back, or sends again, proves nothing about today.
///      D opens only under a report that is at most MAX_REPORT_AGE old and shows a silence of at most ARMING_SECONDS / 2 (`MarginStorage`). So between the last lock that D can
///      open and the first escape lie at least ARMING_SECONDS / 2 + ESCAPE_DELAY − MAX_REPORT_AGE = 15 days, in which the OPENED of that lock, anyone's to send, turns
///      its escape into one for the lenders.
abstract contract EscapeHatch is OrderRecords {
    struct Escape {
        bytes32 orderHash;
        uint64 openedCoverage; // µUSD, when announced
        uint64 lastSeen; // of the domain, when announced
        uint40 executableAt; // 0 = none
        uint40 registeredAt; // of the engine, when announced
        uint32 marginEid;
        address engine;
    }

    /// Thrown when the engine was heard of too lately. Escapes can be announced from `armedAt` on.
    error NotArmed(uint256 domain, uint256 armedAt);
    /// Thrown when a SETTLE of the lock is recorded: that one is carried out.
    error SettleExists(uint256 domain, uint256 lockNullifier);
    /// Thrown when the lock's escape is announced and not void.
    error AlreadyAnnounced(uint256 domain, uint256 lockNullifier, uint40 executableAt);
    /// Thrown when the seizure prices are not those of the largest OPENED.
    error NotTheOpenedPrices(bytes32 expected, bytes32 got);
    /// Thrown when no escape of the caller's domain may be executed.
    error NoEscape(uint256 domain, uint256 lockNullifier);

    uint40 public constant ARMING_SECONDS = 30 days;
    uint40 public constant ESCAPE_DELAY = 7 days;

    mapping(uint256 domain => mapping(uint256 lockNullifier => Escape)) private _escapes;
    /// @inheritdoc IOrderInbox
    mapping(uint256 domain => uint40) public override retiredAt;

    /// @inheritdoc IOrderInbox
    function announceEscape(
        address vault,
        uint32 marginEid,
        address engine,
        uint256 lockNullifier,
        uint96[8] calldata seizurePricesX64
    ) external override returns (bytes32 orderHash) {
        uint256 domain = DomainLib.compute(localEid, vault, marginEid, engine);
        Order storage order = _orders[domain][lockNullifier];
        if (order.settleHash != 0) revert SettleExists(domain, lockNullifier);
        uint40 registered = registeredAt[marginEid][engine];
        uint64 seen = lastSeen[domain];
        if (registered != 0 && !isRetired(domain)) {
            uint256 armedAt = uint256(seen > registered ? seen : registered) + ARMING_SECONDS;
            if (block.timestamp <= armedAt) revert NotArmed(domain, armedAt);
        }
        Escape storage escape = _escapes[domain][lockNullifier];
        if (_stands(escape, order, domain)) revert AlreadyAnnounced(domain, lockNullifier, escape.executableAt);

        uint64 cap = order.openedCoverage;
        orderHash = keccak256(abi.encode(_order(vault, engine, lockNullifier, cap, seizurePricesX64, order)));
        uint40 executableAt = uint40(block.timestamp) + ESCAPE_DELAY;
        _escapes[domain][lockNullifier] = Escape({
            orderHash: orderHash,
            openedCoverage: cap,
            lastSeen: seen,
            executableAt: executableAt,
            registeredAt: registered,
            marginEid: marginEid,
            engine: engine
        });
        emit EscapeAnnounced(domain, lockNullifier, orderHash, cap, executableAt);
    }

    /// @inheritdoc IOrderInbox
    function markEscaped(uint32 marginEid, address engine, uint256 lockNullifier) external override {
        // Whoever calls speaks for its own domains only.
        uint256 domain = DomainLib.compute(localEid, msg.sender, marginEid, engine);
        (bytes32 orderHash, bool isEscape) = executable(domain, lockNullifier);
        if (!isEscape) revert NoEscape(domain, lockNullifier);
        Order storage order = _orders[domain][lockNullifier];
        order.settleHash = orderHash; // no SETTLE can come any more
        order.escaped = true;
        emit Escaped(domain, lockNullifier);
        if (isRetired(domain)) return;
        retiredAt[domain] = uint40(block.timestamp);
        emit DomainRetired(domain);
    }

    /// @inheritdoc IOrderInbox
    function isRetired(uint256 domain) public view override returns (bool) {
        return retiredAt[domain] != 0;
    }

    /// @inheritdoc IOrderInbox
    function executable(
        uint256 domain,
        uint256 lockNullifier
    ) public view override returns (bytes32 orderHash, bool isEscape) {
        Order storage order = _orders[domain][lockNullifier];
        orderHash = order.settleHash;
        if (orderHash != 0) return (_isDue(order) ? orderHash : bytes32(0), false);
        Escape storage escape = _escapes[domain][lockNullifier];
        if (!_stands(escape, order, domain) || block.timestamp < escape.executableAt) return (0, false);
        return (escape.orderHash, true);
    }

    /// @notice The announced escape of a lock. @return executableAt 0 = none was ever announced. @return stands whether nothing has made it void.
    function escapeOf(
        uint256 domain,
        uint256 lockNullifier
    ) external view returns (bytes32 orderHash, uint40 executableAt, bool stands) {
        Escape storage escape = _escapes[domain][lockNullifier];
        return (escape.orderHash, escape.executableAt, _stands(escape, _orders[domain][lockNullifier], domain));
    }

    /// @dev Nothing has happened since that makes an announcement void. (A SETTLE beats it elsewhere.)
    function _stands(Escape storage escape, Order storage order, uint256 domain) private view returns (bool) {
        if (escape.executableAt == 0 || order.openedCoverage != escape.openedCoverage) return false;
        if (isRetired(domain)) return true;
        return
            registeredAt[escape.marginEid][escape.engine] == escape.registeredAt &&
            (escape.registeredAt == 0 || lastSeen[domain] == escape.lastSeen);
    }

    /// @dev A lock that D never announced goes to its owner; one that it did is the lenders', up to the largest claim D may have sold (ESC-2).
    function _order(
        address vault,
        address engine,
        uint256 lockNullifier,
        uint64 cap,
        uint96[8] calldata seizurePricesX64,
        Order storage order
    ) private view returns (SettleOrder memory made) {
        (made.vault, made.engine, made.lockNullifier) = (vault, engine, lockNullifier);
        bytes32 got = keccak256(abi.encode(seizurePricesX64));
        bytes32 expected = cap == 0 ? keccak256(abi.encode(made.seizurePricesX64)) : order.openedPricesHash;
        if (got != expected) revert NotTheOpenedPrices(expected, got);
        if (cap == 0) return made;
        (made.claim, made.seizurePricesX64, made.isPublic) = (cap, seizurePricesX64, true);
    }
}
