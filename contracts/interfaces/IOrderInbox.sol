// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Records orders of margin chains on the vault chain (ORD-1 to 3). One per vault chain; peer: OrderQueue
interface IOrderInbox {
    event Opened(uint256 indexed domain, uint256 indexed lockNullifier, uint64 coverage, bytes32 seizurePricesHash);
    /// A SETTLE was recorded (the first wins). The whole order is in the event so that anyone can settle.
    event SettleRecorded(uint256 indexed domain, uint256 indexed lockNullifier, bytes order);
    /// A SETTLE whose claim waits for its OPENED, or exceeds it, is recorded but not executable yet.
    event SettleWaits(uint256 indexed domain, uint256 indexed lockNullifier, uint64 claim, uint64 openedCoverage);
    event OrderSkipped(uint256 indexed domain, uint256 indexed lockNullifier, uint8 kind, bytes reason);

    /// @return orderHash keccak256(abi.encode(SettleOrder)), 0 if none. @return openedCoverage largest M of an OPENED. @return claim of the SETTLE.
    function orders(uint256 domain, uint256 lockNullifier) external view returns (bytes32 orderHash, uint64 openedCoverage, uint64 claim);
    /// @notice The recorded order hash if it may be settled now, else 0.
    function executable(uint256 domain, uint256 lockNullifier) external view returns (bytes32 orderHash);
    /// @notice Time of the last message from that engine's chain for that domain.
    function lastSeen(uint256 domain) external view returns (uint64);
}
