// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Records orders of margin chains on the vault chain (ORD-1 to 5), and lets locks go home when a margin chain is dead (ESC). One per vault chain; peer: OrderQueue
interface IOrderInbox {
    /// `coverage`: the largest claim D will sell for this lock from now on, µUSD (docs/encodings.md, Messages).
    event Opened(uint256 indexed domain, uint256 indexed lockNullifier, uint64 coverage, bytes32 seizurePricesHash);
    /// A SETTLE was recorded (the first wins). The whole order is in the event so that anyone can settle.
    event SettleRecorded(uint256 indexed domain, uint256 indexed lockNullifier, bytes order);
    /// A SETTLE whose claim waits for its OPENED, or exceeds it, is recorded but not executable yet. It does not hold up an escape.
    event SettleWaits(uint256 indexed domain, uint256 indexed lockNullifier, uint64 claim, uint64 openedCoverage);
    /// A large SETTLE is recorded and may be executed from then on (ORD-4).
    event SettleDelayed(uint256 indexed domain, uint256 indexed lockNullifier, uint40 executableAt);
    /// An engine was alive at `time`, D's (ORD-7).
    event HeartbeatSeen(uint256 indexed domain, uint64 time);
    /// Who may have what a PUBLIC settlement of this lock seized (ORD-5). The first wins.
    event ReleaseRecorded(uint256 indexed domain, uint256 indexed lockNullifier, address recipient);
    /// An order of a batch changed nothing. `reason` is the ABI encoding of a custom error of OrderInbox. domain = lockNullifier = 0: not even those could be read.
    event OrderSkipped(uint256 indexed domain, uint256 indexed lockNullifier, uint8 kind, bytes reason);
    event EngineRegistered(uint32 indexed marginEid, address indexed engine);
    event OrderDelaySet(uint32 indexed marginEid, uint64 threshold, uint32 delaySeconds);
    event GuardianSet(address indexed guardian);
    event OrderVetoed(uint256 indexed domain, uint256 indexed lockNullifier, uint40 until);
    event OrderCancelled(uint256 indexed domain, uint256 indexed lockNullifier, bytes32 orderHash);
    event EscapeAnnounced(
        uint256 indexed domain,
        uint256 indexed lockNullifier,
        bytes32 orderHash,
        uint64 claim,
        uint40 executableAt
    );
    /// The first executed escape of a domain: no OPENED is taken any more of a lock that was not opened or sold before.
    event DomainRetired(uint256 indexed domain);
    event Escaped(uint256 indexed domain, uint256 indexed lockNullifier);

    /// @notice LayerZero endpoint id of this chain.
    function localEid() external view returns (uint32);
    /// @return orderHash keccak256(abi.encode(SettleOrder)), 0 if none. @return openedCoverage largest cap an OPENED announced, µUSD. @return claim of the SETTLE.
    function orders(
        uint256 domain,
        uint256 lockNullifier
    ) external view returns (bytes32 orderHash, uint64 openedCoverage, uint64 claim);
    /// @return executableAt when a large SETTLE may be executed, 0 for others. @return vetoedUntil end of the guardian's veto, 0 = none.
    function delays(
        uint256 domain,
        uint256 lockNullifier
    ) external view returns (uint40 executableAt, uint40 vetoedUntil);
    /// @notice The order hash that may be settled now, else 0: the recorded SETTLE, or the announced escape where there is none or it waits for its OPENED.
    /// @return orderHash of it. @return isEscape whoever settles it says so by `markEscaped`.
    function executable(uint256 domain, uint256 lockNullifier) external view returns (bytes32 orderHash, bool isEscape);
    /// @notice D's time of the newest HEARTBEAT of that domain, never later than S's when it came, seconds; 0 = none. Other orders do not count: they can be held back.
    function lastSeen(uint256 domain) external view returns (uint64);
    /// @notice When an engine was registered, seconds; 0 = never (ESC-3).
    function registeredAt(uint32 marginEid, address engine) external view returns (uint40);
    /// @notice The registered engines of a margin chain, at most eight.
    function engines(uint32 marginEid) external view returns (address[] memory);
    /// @notice When the first escape of that domain was executed, seconds; 0 = never.
    function retiredAt(uint256 domain) external view returns (uint40);
    /// @notice Whether an escape of that domain was executed. For ever.
    function isRetired(uint256 domain) external view returns (bool);
    function isEscaped(uint256 domain, uint256 lockNullifier) external view returns (bool);
    /// @notice Who may have what the PUBLIC settlement of a lock seized; address(0) until a RELEASE came.
    function recipientOf(uint256 domain, uint256 lockNullifier) external view returns (address);

    /// @notice Announce that a lock shall go home without its margin chain (ESC-1, 2, 3). Anyone. Executable by `CollateralVault.settle` after the public delay.
    /// @param seizurePricesX64 s° of the largest OPENED; all 0 for a lock that none announced.
    /// @dev A registered engine whose heartbeats have come must have been silent for 30 days, and the delay is 7; where none ever came, or nobody has registered the
    ///      engine, the delay is 37 days. In a retired domain a lock without OPENED and SETTLE needs no silence: 7 days. Void: by a heartbeat or a registration after which
    ///      the rule would not have allowed it, by a larger OPENED, by a SETTLE that the announced coverage allows, and 30 days after it could be executed. It can be
    ///      announced anew.
    function announceEscape(
        address vault,
        uint32 marginEid,
        address engine,
        uint256 lockNullifier,
        uint96[8] calldata seizurePricesX64
    ) external returns (bytes32 orderHash);
    /// @notice The vault of a domain, while it settles an escape: the lock is gone, and the domain retires.
    function markEscaped(uint32 marginEid, address engine, uint256 lockNullifier) external;

    /// @notice Have ROOT and STATUS report on this engine's domains, and its silence count. At most eight a chain. Owner only.
    function registerEngine(uint32 marginEid, address engine) external;
    /// @notice Let SETTLEs above `threshold` µUSD wait (ORD-4). delaySeconds ≤ MAX_ORDER_DELAY; 0 = none waits. Owner only.
    function setOrderDelay(uint32 marginEid, uint64 threshold, uint32 delaySeconds) external;
    function setGuardian(address guardian) external;
    /// @notice Suspend a SETTLE that waits for VETO_SECONDS, once: not again after it was cancelled and sent again. Guardian only.
    function veto(uint256 domain, uint256 lockNullifier) external;
    /// @notice Drop a vetoed SETTLE while the veto lasts: the lock is free for a corrected one. Owner only.
    function cancel(uint256 domain, uint256 lockNullifier) external;
}
