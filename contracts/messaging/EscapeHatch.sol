// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IOrderInbox} from "../interfaces/IOrderInbox.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {SettleOrder} from "../types/Types.sol";
import {OrderRecords} from "./OrderRecords.sol";

/// @title How a lock goes home when its margin chain is dead, and never while it lives (ESC-1 to 3, ADR 0020)
/// @dev Life is shown by heartbeats alone, and by the time that D put into them: an order that somebody held back, or sends again, proves nothing about today.
///      One rule: an escape may be executed ARMING_SECONDS + ESCAPE_DELAY after the last that is known of the engine, and of that time the last ESCAPE_DELAY is public
///      notice; all of it where the domain has never been heard of, because then nothing but the notice tells its engine.
///      D opens only under a report that is at most MAX_REPORT_AGE old and shows a silence of at most ARMING_SECONDS / 2 (`MarginStorage`). So between the last lock that D can
///      open and the first escape lie at least ARMING_SECONDS / 2 + ESCAPE_DELAY − MAX_REPORT_AGE = 15 days, in which the OPENED of that lock, anyone's to send, turns
///      its escape into one for the lenders.
abstract contract EscapeHatch is OrderRecords {
    struct Escape {
        bytes32 orderHash;
        address engine;
        uint32 marginEid;
        uint64 openedCoverage; // µUSD, when announced
        uint40 executableAt; // 0 = none
    }

    /// Thrown when the engine was heard of too lately. Escapes can be announced after `armedAt`.
    error NotArmed(uint256 domain, uint256 armedAt);
    /// Thrown when there is no contract at the vault's address: nothing can be locked there yet.
    error NotAVault(address vault);
    /// Thrown when a SETTLE of the lock is recorded that the announced coverage allows: that one is carried out.
    error SettleExists(uint256 domain, uint256 lockNullifier);
    /// Thrown when the lock's escape is announced and not void.
    error AlreadyAnnounced(uint256 domain, uint256 lockNullifier, uint40 executableAt);
    /// Thrown when the seizure prices are not those of the largest OPENED.
    error NotTheOpenedPrices(bytes32 expected, bytes32 got);
    /// Thrown when no escape of the caller's domain may be executed.
    error NoEscape(uint256 domain, uint256 lockNullifier);

    uint40 public constant ARMING_SECONDS = 30 days;
    uint40 public constant ESCAPE_DELAY = 7 days;
    /// An announcement that nobody executed for so long after its time is void.
    uint40 public constant ESCAPE_LAPSE = 30 days;

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
        if (vault.code.length == 0) revert NotAVault(vault);
        uint256 domain = DomainLib.compute(localEid, vault, marginEid, engine);
        Order storage order = _orders[domain][lockNullifier];
        if (_isSettled(order)) revert SettleExists(domain, lockNullifier);
        Escape storage escape = _escapes[domain][lockNullifier];
        if (_stands(escape, order, domain)) revert AlreadyAnnounced(domain, lockNullifier, escape.executableAt);
        uint40 executableAt = _earliest(order, domain, marginEid, engine);

        uint64 cap = order.openedCoverage;
        orderHash = keccak256(abi.encode(_order(vault, engine, lockNullifier, cap, seizurePricesX64, order)));
        _escapes[domain][lockNullifier] = Escape({
            orderHash: orderHash,
            engine: engine,
            marginEid: marginEid,
            openedCoverage: cap,
            executableAt: executableAt
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
        // No SETTLE can come any more, and one that waits for its OPENED has waited in vain.
        (order.settleHash, order.claim, order.executableAt, order.vetoedUntil) = (
            orderHash,
            order.openedCoverage,
            0,
            0
        );
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
        if (_isSettled(order)) return (_isDue(order) ? order.settleHash : bytes32(0), false);
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

    /// @dev A SETTLE is recorded and no more than what was announced, or the lock has escaped. One that waits for its OPENED holds nobody: the OPENED may never come.
    function _isSettled(Order storage order) private view returns (bool) {
        return order.settleHash != 0 && order.claim <= order.openedCoverage;
    }

    /// @dev Nothing has happened since that makes an announcement void. (A SETTLE beats it elsewhere.) A heartbeat does if the domain was not armed when the escape was
    ///      announced, by what is known now: one that was held back for long does not.
    function _stands(Escape storage escape, Order storage order, uint256 domain) private view returns (bool) {
        uint40 executableAt = escape.executableAt;
        if (executableAt == 0 || order.openedCoverage != escape.openedCoverage) return false;
        if (block.timestamp > executableAt + ESCAPE_LAPSE) return false;
        if (_isNoneOfDs(order, domain)) return true;
        (uint256 life, ) = _lifeOf(domain, escape.marginEid, escape.engine);
        return executableAt > life + ARMING_SECONDS + ESCAPE_DELAY;
    }

    /// @return executableAt of an escape that is announced now.
    function _earliest(
        Order storage order,
        uint256 domain,
        uint32 marginEid,
        address engine
    ) private view returns (uint40 executableAt) {
        if (_isNoneOfDs(order, domain)) return uint40(block.timestamp) + ESCAPE_DELAY;
        (uint256 life, bool wasSeen) = _lifeOf(domain, marginEid, engine);
        uint40 notice = wasSeen ? ESCAPE_DELAY : ARMING_SECONDS + ESCAPE_DELAY;
        executableAt = uint40(block.timestamp) + notice;
        uint256 silentUntil = life + ARMING_SECONDS + ESCAPE_DELAY;
        if (executableAt <= silentUntil) revert NotArmed(domain, silentUntil - notice);
    }

    /// @dev A retired domain takes no new lock, so one that D has said nothing of is none of its business, however alive D is. Of all others D's heartbeats count.
    function _isNoneOfDs(Order storage order, uint256 domain) internal view returns (bool) {
        return isRetired(domain) && order.openedCoverage == 0 && order.settleHash == 0;
    }

    /// @return life the last that is known of an engine, seconds; 0 = nobody has registered it, whatever it sends (ESC-3).
    /// @return wasSeen whether a heartbeat ever came.
    function _lifeOf(
        uint256 domain,
        uint32 marginEid,
        address engine
    ) private view returns (uint256 life, bool wasSeen) {
        uint256 registered = registeredAt[marginEid][engine];
        if (registered == 0) return (0, false);
        uint256 seen = lastSeen[domain];
        return (seen > registered ? seen : registered, seen != 0);
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
