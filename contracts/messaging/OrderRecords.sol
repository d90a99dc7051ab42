// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IOrderInbox} from "../interfaces/IOrderInbox.sol";
import {WiredReceiver} from "./WiredReceiver.sol";

/// @title What an order inbox remembers, and how long a large order waits (ORD-4)
/// @dev No role can make an order up or change one. Owner and guardian together can hold a large one up: for MAX_ORDER_DELAY + VETO_SECONDS at most, or, if the owner
///      cancels it, until it is sent again, which anyone can do, and for MAX_ORDER_DELAY more: the same order is not vetoed twice.
abstract contract OrderRecords is IOrderInbox, WiredReceiver {
    struct Order {
        bytes32 settleHash; // keccak256(abi.encode(SettleOrder)) of the first SETTLE, or of the escape once executed
        bytes32 openedPricesHash; // of the OPENED with the largest coverage
        uint64 openedCoverage; // µUSD
        uint64 claim; // µUSD
        uint40 executableAt; // of a large SETTLE
        uint40 vetoedUntil;
        bool escaped;
    }

    struct OrderDelay {
        uint64 threshold; // µUSD
        uint32 delaySeconds;
    }

    /// A role, or a parameter it sets, is not what this asks for.
    error NotGuardian(address caller);
    error BadOrderDelay(uint32 delaySeconds, uint32 maximum);
    /// Thrown when an engine is registered twice, is address(0), or would be the ninth.
    error BadEngine(uint32 marginEid, address engine);
    /// Thrown when an order does not wait any more, never did, or was vetoed before, be it that it was cancelled and sent again.
    error NotVetoable(uint256 domain, uint256 lockNullifier);
    /// Thrown when an order is not under a veto now.
    error NotVetoed(uint256 domain, uint256 lockNullifier);

    uint32 public constant MAX_ORDER_DELAY = 3 days;
    uint40 public constant VETO_SECONDS = 7 days;
    uint256 private constant MAX_ENGINES = 8;

    /// @inheritdoc IOrderInbox
    uint32 public immutable override localEid;
    /// @notice May veto large orders, and nothing else.
    address public guardian;

    mapping(uint256 domain => mapping(uint256 lockNullifier => Order)) internal _orders;
    mapping(uint256 domain => mapping(uint256 lockNullifier => address)) internal _recipients;
    mapping(uint32 marginEid => OrderDelay) internal _delays;
    mapping(uint256 domain => mapping(bytes32 orderHash => bool)) private _wasCancelled;
    mapping(uint32 marginEid => address[]) private _engines;
    /// @inheritdoc IOrderInbox
    mapping(uint32 marginEid => mapping(address engine => uint40)) public override registeredAt;
    /// @inheritdoc IOrderInbox
    mapping(uint256 domain => uint64) public override lastSeen;

    constructor(address endpoint_, address owner_) WiredReceiver(endpoint_, owner_) {
        localEid = endpoint.eid();
    }

    // Owner and guardian.

    /// @inheritdoc IOrderInbox
    function registerEngine(uint32 marginEid, address engine) external override onlyOwner {
        address[] storage list = _engines[marginEid];
        if (engine == address(0) || list.length >= MAX_ENGINES || registeredAt[marginEid][engine] != 0)
            revert BadEngine(marginEid, engine);
        list.push(engine);
        registeredAt[marginEid][engine] = uint40(block.timestamp);
        emit EngineRegistered(marginEid, engine);
    }

    /// @inheritdoc IOrderInbox
    function setOrderDelay(uint32 marginEid, uint64 threshold, uint32 delaySeconds) external override onlyOwner {
        if (delaySeconds > MAX_ORDER_DELAY) revert BadOrderDelay(delaySeconds, MAX_ORDER_DELAY);
        _delays[marginEid] = OrderDelay(threshold, delaySeconds);
        emit OrderDelaySet(marginEid, threshold, delaySeconds);
    }

    /// @inheritdoc IOrderInbox
    function setGuardian(address guardian_) external override onlyOwner {
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }

    /// @inheritdoc IOrderInbox
    function veto(uint256 domain, uint256 lockNullifier) external override {
        if (msg.sender != guardian) revert NotGuardian(msg.sender);
        Order storage order = _orders[domain][lockNullifier];
        // executableAt is 0 for claims of 0 and small ones.
        if (block.timestamp >= order.executableAt || order.vetoedUntil != 0 || _wasCancelled[domain][order.settleHash])
            revert NotVetoable(domain, lockNullifier);
        uint40 until = uint40(block.timestamp) + VETO_SECONDS;
        order.vetoedUntil = until;
        emit OrderVetoed(domain, lockNullifier, until);
    }

    /// @inheritdoc IOrderInbox
    function cancel(uint256 domain, uint256 lockNullifier) external override onlyOwner {
        Order storage order = _orders[domain][lockNullifier];
        if (block.timestamp >= order.vetoedUntil) revert NotVetoed(domain, lockNullifier);
        emit OrderCancelled(domain, lockNullifier, order.settleHash);
        _wasCancelled[domain][order.settleHash] = true; // the hash names the lock
        order.settleHash = 0;
        (order.claim, order.executableAt, order.vetoedUntil) = (0, 0, 0);
    }

    // Views.

    /// @inheritdoc IOrderInbox
    function orders(
        uint256 domain,
        uint256 lockNullifier
    ) external view override returns (bytes32 orderHash, uint64 openedCoverage, uint64 claim) {
        Order storage order = _orders[domain][lockNullifier];
        return (order.settleHash, order.openedCoverage, order.claim);
    }

    /// @inheritdoc IOrderInbox
    function delays(
        uint256 domain,
        uint256 lockNullifier
    ) external view override returns (uint40 executableAt, uint40 vetoedUntil) {
        Order storage order = _orders[domain][lockNullifier];
        return (order.executableAt, order.vetoedUntil);
    }

    /// @notice Hash of the seizure prices s° that the largest OPENED announced (ORD-1), 0 if none.
    function openedPricesHash(uint256 domain, uint256 lockNullifier) external view returns (bytes32) {
        return _orders[domain][lockNullifier].openedPricesHash;
    }

    /// @notice From which claim on, µUSD, SETTLEs of a margin chain wait, and how long.
    function orderDelay(uint32 marginEid) external view returns (uint64 threshold, uint32 delaySeconds) {
        OrderDelay memory rule = _delays[marginEid];
        return (rule.threshold, rule.delaySeconds);
    }

    /// @inheritdoc IOrderInbox
    function engines(uint32 marginEid) external view override returns (address[] memory) {
        return _engines[marginEid];
    }

    /// @inheritdoc IOrderInbox
    function isEscaped(uint256 domain, uint256 lockNullifier) external view override returns (bool) {
        return _orders[domain][lockNullifier].escaped;
    }

    /// @inheritdoc IOrderInbox
    function recipientOf(uint256 domain, uint256 lockNullifier) external view override returns (address) {
        return _recipients[domain][lockNullifier];
    }

    /// @dev claim = 0 needs no OPENED, and 0 ≤ openedCoverage. One word: claim, cap, both times.
    function _isDue(Order storage order) internal view returns (bool) {
        return
            order.claim <= order.openedCoverage &&
            block.timestamp >= order.executableAt &&
            block.timestamp >= order.vetoedUntil;
    }
}
