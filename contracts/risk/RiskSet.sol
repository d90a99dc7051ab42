// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IRiskSet} from "../interfaces/IRiskSet.sol";
import {CodeStore} from "../libraries/CodeStore.sol";
import {FloorMath} from "../libraries/FloorMath.sol";
import {RiskMatrix} from "./RiskMatrix.sol";

/// @title Haircuts and risk matrices of one collateral set, versioned
/// @dev A version never changes. The owner can stop new proofs under it at once; existing ones keep counting for at least NOTICE.
contract RiskSet is IRiskSet, Ownable2Step {
    /// One word.
    struct Version {
        bool openable;
        uint40 acceptedUntil; // 0 = no such version
        address terms; // CodeStore: haircutsPacked, riskPacked[4]
    }

    uint256 private constant TERMS_WORDS = 5;

    uint256 public constant NOTICE = 7 days;

    /// @inheritdoc IRiskSet
    uint16 public immutable minBonusBps;
    /// @inheritdoc IRiskSet
    uint32 public currentVersion;
    mapping(uint32 version => Version) private _versions;

    constructor(address owner_, uint16 minBonusBps_) Ownable(owner_) {
        if (minBonusBps_ >= RiskMatrix.BPS) revert BonusTooHigh(minBonusBps_);
        minBonusBps = minBonusBps_;
    }

    /// @inheritdoc IRiskSet
    function addVersion(Model calldata model) external onlyOwner returns (uint32 version) {
        uint16 highest = uint16(RiskMatrix.BPS - minBonusBps);
        uint256 haircuts;
        for (uint256 i; i < 8; ++i) {
            uint16 h = model.haircutFactors[i];
            if (h > highest) revert HaircutFactorTooHigh(uint8(i), h, highest);
            haircuts |= uint256(h) << (16 * i);
        }
        uint32[36] memory risk = RiskMatrix.compute(model);

        version = ++currentVersion;
        // The engine keeps a version in 16 bits.
        if (version > type(uint16).max) revert TooManyVersions();
        _versions[version] = Version({
            openable: true,
            acceptedUntil: type(uint40).max,
            terms: CodeStore.write(abi.encode(haircuts, RiskMatrix.pack(risk)))
        });
        emit VersionAdded(version, model.haircutFactors, risk);
    }

    /// @inheritdoc IRiskSet
    function setOpenable(uint32 version, bool openable) external onlyOwner {
        Version storage v = _known(version);
        if (openable && v.acceptedUntil != type(uint40).max) revert VersionRetiring(version, v.acceptedUntil);
        v.openable = openable;
        emit OpenableSet(version, openable);
    }

    /// @inheritdoc IRiskSet
    function retireVersion(uint32 version, uint40 acceptedUntil) external onlyOwner {
        uint256 earliest = block.timestamp + NOTICE;
        if (acceptedUntil < earliest) revert RetirementTooSoon(acceptedUntil, earliest);
        Version storage v = _known(version);
        v.acceptedUntil = acceptedUntil;
        v.openable = false;
        emit RetirementSet(version, acceptedUntil);
    }

    /// @inheritdoc IRiskSet
    function packed(uint32 version) external view returns (uint256, uint256[4] memory) {
        return _terms(_known(version).terms);
    }

    /// @inheritdoc IRiskSet
    function openTerms(
        uint32 version
    ) external view returns (bool openable, uint256 haircutsPacked, uint256[4] memory riskPacked) {
        Version memory v = _versions[version];
        if (!v.openable) return (false, haircutsPacked, riskPacked);
        (haircutsPacked, riskPacked) = _terms(v.terms);
        openable = true;
    }

    /// @inheritdoc IRiskSet
    function haircutFactors(uint32 version) external view returns (uint256[8] memory factors) {
        (uint256 haircutsPacked, ) = _terms(_known(version).terms);
        return FloorMath.haircutFactors(haircutsPacked);
    }

    /// @inheritdoc IRiskSet
    function isOpenable(uint32 version) external view returns (bool) {
        return _versions[version].openable;
    }

    /// @inheritdoc IRiskSet
    function isAccepted(uint32 version) external view returns (bool) {
        return block.timestamp <= _versions[version].acceptedUntil;
    }

    function _terms(address stored) private view returns (uint256 haircutsPacked, uint256[4] memory riskPacked) {
        uint256[] memory words = CodeStore.read(stored, TERMS_WORDS);
        haircutsPacked = words[0];
        assembly ("memory-safe") {
            riskPacked := add(words, 0x40) // the four words behind the haircuts, in place
        }
    }

    function _known(uint32 version) private view returns (Version storage v) {
        v = _versions[version];
        if (v.acceptedUntil == 0) revert UnknownVersion(version);
    }
}
