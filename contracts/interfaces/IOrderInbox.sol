// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Records orders of margin chains on the vault chain (ORD-1 to 3). One per vault chain; peer: OrderQueue
interface IOrderInbox {
    /// `coverage`: the largest claim D will sell for this lock from now on, µUSD (docs/encodings.md, Messages).
    event Opened(uint256 indexed domain, uint256 indexed lockNullifier, uint64 coverage, bytes32 seizurePricesHash);
    /// A SETTLE was recorded (the first wins). The whole order is in the event so that anyone can settle.
    event SettleRecorded(uint256 indexed domain, uint256 indexed lockNullifier, bytes order);
    /// A SETTLE whose claim waits for its OPENED, or exceeds it, is recorded but not executable yet.
    event SettleWaits(uint256 indexed domain, uint256 indexed lockNullifier, uint64 claim, uint64 openedCoverage);
    /// An order of a batch changed nothing. `reason` is the ABI encoding of a custom error of OrderInbox. domain = lockNullifier = 0: not even those could be read.
    event OrderSkipped(uint256 indexed domain, uint256 indexed lockNullifier, uint8 kind, bytes reason);

    /// @notice LayerZero endpoint id of this chain.
    function localEid() external view returns (uint32);
    /// @return orderHash keccak256(abi.encode(SettleOrder)), 0 if none. @return openedCoverage largest cap an OPENED announced, µUSD. @return claim of the SETTLE.
    function orders(
        uint256 domain,
        uint256 lockNullifier
    ) external view returns (bytes32 orderHash, uint64 openedCoverage, uint64 claim);
    /// @notice The recorded order hash if it may be settled now, else 0.
    function executable(uint256 domain, uint256 lockNullifier) external view returns (bytes32 orderHash);
    /// @notice Time of the last message for that domain that changed something here, seconds. A resent order, which anyone can send, does not count.
    function lastSeen(uint256 domain) external view returns (uint64);
}
