// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IRiskSet} from "../interfaces/IRiskSet.sol";
import {CodeStore} from "../libraries/CodeStore.sol";
import {FloorMath} from "../libraries/FloorMath.sol";
import {RiskMatrix} from "./RiskMatrix.sol";

/// @title Haircuts and risk matrices of one collateral set, versioned
/// @dev A version's terms never change. What the owner may do at once only narrows new proofs; existing ones keep counting, and may be renewed,
/// for at least NOTICE. What could widen them waits for DELAY.
contract RiskSet is IRiskSet, Ownable2Step {
    /// One word.
    struct Version {
        uint40 openFrom; // new proofs from then on; 0 = closed
        uint40 acceptedUntil; // 0 = no such version
        address terms; // CodeStore: haircutsPacked, riskPacked[4]
    }

    /// One word.
    struct Line {
        uint32 count;
        uint32 inForce; // what a new version is compared with
        uint32 pending; // 0 = none
        uint32 oldestOpen; // every version below is closed
        uint32 anchor; // in force when the period began: what a period's steps are measured from
        uint40 periodStart;
    }

    uint256 private constant TERMS_WORDS = 5;

    uint256 public constant NOTICE = 7 days;
    uint256 public constant DELAY = 3 days;
    /// @notice How much any h_i may fall at once within NOTICE.
    uint256 public constant MAX_HAIRCUT_STEP_BPS = 1000;
    /// @notice By what factor any Q_ii may rise at once within NOTICE: twice the volatility.
    uint256 public constant MAX_RISK_STEP = 4;

    /// @inheritdoc IRiskSet
    uint16 public immutable minBonusBps;
    mapping(uint32 version => Version) private _versions;
    Line private _line;

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
        uint256[4] memory riskPacked = RiskMatrix.pack(risk);

        Line memory line = _matured();
        version = ++line.count;
        // The engine keeps a version in 16 bits.
        if (version > type(uint16).max) revert TooManyVersions();
        _versions[version] = Version({
            openFrom: 0,
            acceptedUntil: type(uint40).max,
            terms: CodeStore.write(abi.encode(haircuts, riskPacked))
        });
        emit VersionAdded(version, model.haircutFactors, risk);
        if (line.inForce == 0 || _tightensWithinStep(line, haircuts, riskPacked)) _supersede(line, version);
        else _schedule(line, version);
        _line = line;
    }

    /// @inheritdoc IRiskSet
    function setOpenable(uint32 version, bool openable) external onlyOwner {
        Version storage v = _known(version);
        Line memory line = _matured();
        if (openable) {
            if (v.acceptedUntil != type(uint40).max) revert VersionRetiring(version, v.acceptedUntil);
            _schedule(line, version);
        } else {
            _close(line, version);
        }
        _line = line;
    }

    /// @inheritdoc IRiskSet
    function retireVersion(uint32 version, uint40 acceptedUntil) external onlyOwner {
        uint256 earliest = block.timestamp + NOTICE;
        if (acceptedUntil < earliest) revert RetirementTooSoon(acceptedUntil, earliest);
        Version storage v = _known(version);
        Line memory line = _matured();
        _close(line, version);
        _line = line;
        v.acceptedUntil = acceptedUntil;
        emit RetirementSet(version, acceptedUntil);
    }

    /// @inheritdoc IRiskSet
    function packed(uint32 version) external view returns (uint256, uint256[4] memory) {
        return _terms(_known(version).terms);
    }

    /// @inheritdoc IRiskSet
    function openTerms(
        uint32 version,
        uint32 renewed
    ) external view returns (bool openable, uint256 haircutsPacked, uint256[4] memory riskPacked) {
        Version memory v = _versions[version];
        openable = version == renewed ? block.timestamp <= v.acceptedUntil : _isOpen(v);
        if (openable) (haircutsPacked, riskPacked) = _terms(v.terms);
    }

    /// @inheritdoc IRiskSet
    function currentVersion() external view returns (uint32) {
        return _matured().inForce;
    }

    /// @inheritdoc IRiskSet
    function pendingVersion() external view returns (uint32 version, uint40 openFrom) {
        version = _matured().pending;
        openFrom = _versions[version].openFrom;
    }

    /// @inheritdoc IRiskSet
    function haircutFactors(uint32 version) external view returns (uint256[8] memory factors) {
        (uint256 haircutsPacked, ) = _terms(_known(version).terms);
        return FloorMath.haircutFactors(haircutsPacked);
    }

    /// @inheritdoc IRiskSet
    function isOpenable(uint32 version) external view returns (bool) {
        return _isOpen(_versions[version]);
    }

    /// @inheritdoc IRiskSet
    function isAccepted(uint32 version) external view returns (bool) {
        return block.timestamp <= _versions[version].acceptedUntil;
    }

    /// @dev Open now, everything older closed, also what waits: whoever wants it after the news publishes it again.
    function _supersede(Line memory line, uint32 version) private {
        for (uint32 v = line.oldestOpen; v < version; ++v) _close(line, v);
        (line.oldestOpen, line.inForce) = (version, version);
        if (line.anchor == 0) line.anchor = version;
        _setOpenFrom(version, uint40(block.timestamp));
    }

    /// @dev One version waits at a time.
    function _schedule(Line memory line, uint32 version) private {
        if (line.pending != 0) _close(line, line.pending);
        line.pending = version;
        if (version < line.oldestOpen) line.oldestOpen = version;
        _setOpenFrom(version, uint40(block.timestamp + DELAY));
    }

    function _close(Line memory line, uint32 version) private {
        if (line.pending == version) line.pending = 0;
        if (_versions[version].openFrom != 0) _setOpenFrom(version, 0);
    }

    function _setOpenFrom(uint32 version, uint40 openFrom) private {
        _versions[version].openFrom = openFrom;
        emit OpenableSet(version, openFrom);
    }

    /// @dev The line as of now: what has waited long enough is in force, and a period that is over begins anew.
    function _matured() private view returns (Line memory line) {
        line = _line;
        if (line.pending != 0 && _isOpen(_versions[line.pending])) (line.inForce, line.pending) = (line.pending, 0);
        if (block.timestamp >= line.periodStart + NOTICE) {
            (line.anchor, line.periodStart) = (line.inForce, uint40(block.timestamp));
        }
    }

    /// @dev No h_i higher and no Q_ij lower than in force; no further from the period's first version than a step.
    function _tightensWithinStep(
        Line memory line,
        uint256 haircuts,
        uint256[4] memory risk
    ) private view returns (bool) {
        (uint256 haircutsNow, uint256[4] memory riskNow) = _terms(_versions[line.inForce].terms);
        if (!RiskMatrix.isTighter(haircutsNow, riskNow, haircuts, risk)) return false;
        (uint256 haircutsThen, uint256[4] memory riskThen) = _terms(_versions[line.anchor].terms);
        return RiskMatrix.isWithinStep(haircutsThen, riskThen, haircuts, risk, MAX_HAIRCUT_STEP_BPS, MAX_RISK_STEP);
    }

    function _isOpen(Version memory v) private view returns (bool) {
        return v.openFrom != 0 && block.timestamp >= v.openFrom;
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
