// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Haircuts and risk matrices of one collateral set, versioned; Q is computed from factor loadings (design §4, the floor box)
/// @dev h_i = 10⁴·(1 − haircut); Q_ij = z²·Σ_ij·10⁸ with Σ = L·Lᵀ + diag(d), negative entries floored at 0, entries rounded up.
interface IRiskSet {
    /// The model of one version. Horizon and volatility are already in L and d.
    struct Model {
        uint16[8] haircutFactors; // h_i, 10⁴
        int64[8][] loadings; // ≤ 8 factors; loadings[k][i]: slot i's loading on factor k, 10⁹
        uint64[8] specificVariance; // d_i, 10¹⁸
        uint32 zE4; // z, 10⁴
    }

    event VersionAdded(uint32 indexed version, uint16[8] haircutFactors, uint32[36] risk);
    /// `openFrom` = 0: closed to new proofs.
    event OpenableSet(uint32 indexed version, uint40 openFrom);
    event RetirementSet(uint32 indexed version, uint40 acceptedUntil);

    error UnknownVersion(uint32 version);
    error TooManyVersions();
    error HaircutFactorTooHigh(uint8 slot, uint16 haircutFactor, uint16 maximum);
    error TooManyFactors(uint256 factors);
    error LoadingTooLarge(uint8 factor, uint8 slot, int64 loading);
    error VarianceTooLarge(uint8 slot, uint64 variance);
    error ZTooLarge(uint32 zE4);
    /// Thrown when Q_ii > h_i²: the floor box would not hold (design §4).
    error RiskExceedsHaircut(uint8 slot, uint256 risk, uint256 haircutFactor);
    error RiskEntryTooLarge(uint8 i, uint8 j, uint256 risk);
    /// Thrown when a version would stop counting sooner than the notice allows.
    error RetirementTooSoon(uint40 acceptedUntil, uint256 earliest);
    /// Thrown when a version on its way out would be opened again: its new proofs would stop counting early.
    error VersionRetiring(uint32 version, uint40 acceptedUntil);
    error BonusTooHigh(uint16 minBonusBps);

    /// @notice Add a version. Owner only. One that tightens the version in force, within a step, is open at once and closes all others to new
    /// proofs; any other opens after DELAY and replaces what is waiting. The first is open at once.
    /// @dev Tightens: no h_i higher, no Q_ij lower. A step: within NOTICE no h_i falls by more than MAX_HAIRCUT_STEP_BPS, no Q_ii rises more than
    /// MAX_RISK_STEP times.
    function addVersion(Model calldata model) external returns (uint32 version);
    /// @notice Close a version to new proofs at once, cancelling it if it waits, or open it again after DELAY. Owner only.
    function setOpenable(uint32 version, bool openable) external;
    /// @notice Let proofs under a version stop counting at `acceptedUntil`, at least NOTICE from now. Owner only. Closes it to new proofs.
    function retireVersion(uint32 version, uint40 acceptedUntil) external;

    /// @return haircutsPacked h_i·2^(16 i). @return riskPacked the upper triangle, 28-bit lanes, nine a word.
    function packed(uint32 version) external view returns (uint256 haircutsPacked, uint256[4] memory riskPacked);
    /// @notice All that a new proof needs: whether it may use `version`, and if so what `packed` says; else 0.
    /// @param renewed the version of the proof that it replaces, 0 for none: the same one may be used while it is accepted, open or not.
    function openTerms(
        uint32 version,
        uint32 renewed
    ) external view returns (bool openable, uint256 haircutsPacked, uint256[4] memory riskPacked);
    function haircutFactors(uint32 version) external view returns (uint256[8] memory);
    /// @notice Whether a new proof may use `version`.
    function isOpenable(uint32 version) external view returns (bool);
    /// @notice Whether an existing proof under `version` still counts as coverage.
    function isAccepted(uint32 version) external view returns (bool);
    /// @notice The version in force: the newest one that was opened, 0 before the first.
    function currentVersion() external view returns (uint32);
    /// @notice The version that waits, and from when it is open; 0, 0 if none does.
    function pendingVersion() external view returns (uint32 version, uint40 openFrom);
    /// @notice Every h_i ≤ 10⁴ − minBonusBps, so that seizure prices can start at market − bonus and fall to haircut value (LIQ-4).
    function minBonusBps() external view returns (uint16);
}
