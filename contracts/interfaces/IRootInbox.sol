// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Note roots of vaults on other chains, as attested over LayerZero. One per margin chain; peers: VaultMessengers
interface IRootInbox {
    event RootReceived(
        uint32 indexed srcEid,
        address indexed vault,
        uint256 root,
        uint64 chunks,
        uint64 sourceTime,
        address attestor
    );

    /// @return sourceTime S's time when the root was last sent, and never later than D's when it arrived, seconds; 0 if the root was never attested.
    function rootTime(uint32 srcEid, address vault, uint256 root) external view returns (uint64 sourceTime);
    function latest(
        uint32 srcEid,
        address vault
    ) external view returns (uint256 root, uint64 chunks, uint64 sourceTime, address attestor);
    /// @notice Who attested a root first (FEE-2), and after how many chunks it is the root.
    function rootOrigin(
        uint32 srcEid,
        address vault,
        uint256 root
    ) external view returns (address attestor, uint64 chunks);
    /// @notice `rootTime`, who attested the root first, and `domainState` in one call: all that opening asks for.
    function openingState(
        uint32 srcEid,
        address vault,
        uint256 root,
        uint256 domain
    ) external view returns (uint64 sourceTime, address attestor, uint64 reportedAt, uint64 lastSeen, bool retired);
    /// @notice What S last said about a domain (ORD-7). Unordered messages: each value is the newest that came.
    /// @return reportedAt S's time of the newest report, never later than ours when it came, seconds; 0 = none came.
    /// @return lastSeen D's time of the newest heartbeat that S had, or S's of the engine's registration, never later than ours when it came, seconds.
    /// @return retired an escape was executed; for ever.
    function domainState(
        uint32 srcEid,
        address vault,
        uint256 domain
    ) external view returns (uint64 reportedAt, uint64 lastSeen, bool retired);
    /// @notice What the PUBLIC settlement of a lock seized (ORD-5), once S said so: the first message counts for ever. PackedAmounts, shared units.
    function recovered(
        uint32 srcEid,
        address vault,
        address engine,
        uint256 lockNullifier
    ) external view returns (bool known, uint256 lo, uint256 hi);
}
