// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTypes} from "./IMarginTypes.sol";

/// @title Markets of the margin engine and the vaults they accept
interface IMarginMarkets is IMarginTypes {
    // The owner.

    /// @notice Create a market. `config.module` is bound to it for ever. Owner only.
    /// @dev Trustee key: on the curve, and 8R is not the identity (ORD-6). bufferBps > 0, minBonus ≤ maxBonus (ACC-4, LIQ-4).
    function createMarket(MarketConfig calldata config) external returns (bytes32 id);
    /// @notice Accept locks of a vault. Owner only.
    function addSource(bytes32 marketId, SourceConfig calldata config) external returns (uint32 sourceId);

    /// @notice Change a source's limits. Guardian or owner; raising any of them, the owner only.
    /// @dev They bind new coverage only: no limit uncovers an account, or keeps anyone from leaving. `coverageBurst` and `coveragePerHour` are a token bucket that
    /// each new lock's M, and what a refresh adds to M, is taken from; what a refresh takes off M goes back.
    function setSourceLimits(bytes32 marketId, uint32 sourceId, SourceLimits calldata limits) external;
    /// @notice LIQ-9: revoke every root of a source that was attested up to now. Owner; guardian, if none was revoked in the last three days.
    /// @dev Locks proven before count 0, until they are proven anew under a root attested later. For three days nobody is flagged, and no lock sold, for want of
    /// them; then only the fund may take their claims. A forged message names its own time, so no earlier time would be safer. Leaving is not affected.
    function revokeRoots(bytes32 marketId, uint32 sourceId) external;
    /// @notice Name the guardian; address(0) = none. Owner only.
    function setGuardian(address guardian) external;

    // Anyone.

    /// @notice Tell a source's chain that this engine lives (ORD-7). Due well within EscapeHatch.ARMING_SECONDS / 2.
    /// @return orderId of the HEARTBEAT, for `OrderQueue.send`.
    function heartbeat(bytes32 marketId, uint32 sourceId) external returns (uint256 orderId);

    // Views.

    function market(
        bytes32 marketId
    ) external view returns (MarketConfig memory config, uint256 trusteeX, uint256 trusteeY);
    function source(bytes32 marketId, uint32 sourceId) external view returns (Source memory);
    function sourceCount(bytes32 marketId) external view returns (uint32);
    /// @notice The x a proof must be made for: the floors f of (snapshot, floorBps, profile), µUSD per shared unit · 2^64. 0 on a relied-on slot: not provable.
    function floors(
        bytes32 marketId,
        uint32 sourceId,
        uint32 snapshot,
        uint16 floorBps,
        uint8 profile
    ) external view returns (uint256[8] memory floorsX64);
}
