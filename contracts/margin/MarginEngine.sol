// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {Delegating} from "./Delegating.sol";
import {SignedProofs} from "./SignedProofs.sol";
import {MarginStorage} from "./MarginStorage.sol";

/// @title The margin engine: accounts here, liquidation in its extension, markets in that one's
/// @dev IMarginEngine is more than one contract may hold (EIP-170). This one has what takes a controller's proof, and what modules ask; every other call is
/// delegated (`Delegating`), to MarginExtension (coverage, liquidation), MarginMarkets (markets, leaving, views), MarginLosses, in this order.
/// Layers: MarginStorage (state, worth) ← Recovery (retire, clear) ← MarginProofs ← SignedProofs ← MarginEngine.
/// An account's nonce is in `ext` and grows with each accepted proof, so a proof is good once.
contract MarginEngine is SignedProofs, Delegating {
    constructor(
        address owner_,
        Wiring memory wiring,
        address extension_
    ) MarginStorage(owner_, wiring) Delegating(extension_) {}

    /// @inheritdoc IMarginAccounts
    function open(
        bytes32 marketId,
        bytes32 salt,
        MarginProof calldata proof,
        uint256 borrowAssets,
        address receiver
    ) external payable nonReentrant returns (bytes32 id) {
        return _open(Opening(marketId, salt, msg.sender, borrowAssets, receiver, 0), proof);
    }

    /// @inheritdoc IMarginAccounts
    function openFor(
        Opening calldata opening,
        MarginProof calldata proof,
        bytes calldata signature
    ) external payable nonReentrant returns (bytes32 id) {
        _requireOpenSigned(opening, proof, signature);
        return _open(opening, proof);
    }

    /// @inheritdoc IMarginAccounts
    function addLock(bytes32 id, MarginProof calldata proof) external payable nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        _onlyController(id, a);
        (uint64 nonce, uint8 count) = (a.nonce, a.lockCount);
        // Written before the proof is judged: if it fails, nothing was written.
        (a.nonce, a.lockCount) = (nonce + 1, count + 1);
        Statement memory st = Statement(_marketId(a.marketIndex), id, nonce, ACTION_ADD_LOCK, msg.sender, 0);
        _addProvenLock(st, a, m, proof, count);
        _recover(id, a, m);
    }

    /// @inheritdoc IMarginAccounts
    function refresh(bytes32 id, MarginProof calldata proof) external nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        bool byController = msg.sender == a.controller;
        if (!byController && !_operators[id][msg.sender]) revert NotAuthorised(id, msg.sender);
        _refresh(id, a, m, proof, 0, byController);
    }

    /// @inheritdoc IMarginAccounts
    function refreshFor(
        bytes32 id,
        uint256 fee,
        MarginProof calldata proof,
        bytes calldata signature
    ) external nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        _requireRefreshSigned(id, a, fee, proof, signature);
        _refresh(id, a, m, proof, fee, true);
        if (fee == 0) return;
        IPositionModule(m.module).borrowFor(id, fee, msg.sender);
        _requireInitial(id, a, m);
    }

    /// @inheritdoc IMarginAccounts
    function releaseUnused(bytes32 marketId, MarginProof calldata proof) external nonReentrant {
        MarketData storage m = _market(marketId);
        SourceData storage source_ = _source(m, marketId, proof.sourceId);
        uint256 domain = _domain(source_);
        bytes32 key = _lockKey(domain, proof.lockNullifier);
        if (_locks[key].state != 0) revert LockUsed(domain, proof.lockNullifier);
        _proveUnused(Statement(marketId, 0, 0, ACTION_RELEASE_UNUSED, msg.sender, 0), m, source_, domain, proof);
        _locks[key].state = LOCK_RETIRED;
        emit LockRetired(0, domain, proof.lockNullifier);
        _sendHome(source_, proof.lockNullifier);
    }

    /// @inheritdoc IMarginAccounts
    function requireInitial(bytes32 id, address caller) external view nonReentrantView {
        (AccountData storage a, MarketData storage m) = _account(id);
        if (msg.sender != m.module) revert NotModule(id, msg.sender);
        if (caller != a.controller) revert NotController(id, caller, a.controller);
        _requireInitial(id, a, m);
    }

    function _open(Opening memory o, MarginProof calldata proof) private returns (bytes32 id) {
        MarketData storage m = _market(o.market);
        id = _accountId(o.market, o.controller, o.salt);
        AccountData storage a = _accounts[id];
        if (a.controller != address(0)) revert AccountExists(id);
        (a.controller, a.nonce, a.lockCount, a.marketIndex) = (o.controller, 1, 1, m.index);
        emit AccountOpened(id, o.market, o.controller, o.salt);

        Statement memory st = Statement(o.market, id, 0, ACTION_OPEN, o.controller, o.fee);
        uint256 guarantee = _addProvenLock(st, a, m, proof, 0).guarantee;
        uint256 requirement;
        if (o.borrowAssets != 0) requirement = IPositionModule(m.module).borrowFor(id, o.borrowAssets, o.receiver);
        // Of the same pool: the requirement of both.
        if (o.fee != 0) requirement = IPositionModule(m.module).borrowFor(id, o.fee, msg.sender);
        if (requirement > guarantee) revert CoverageTooLow(id, requirement, guarantee);
    }

    /// @param byController its call, or its signature
    function _refresh(
        bytes32 id,
        AccountData storage a,
        MarketData storage m,
        MarginProof calldata proof,
        uint256 fee,
        bool byController
    ) private {
        LockState memory old;
        PriceCache memory cache; // PriceMode.Conservative
        uint256 index = _indexOf(id, a, proof.lockNullifier);
        _evaluate(old, a, m, index, cache);
        uint64 live = byController ? 0 : _liveGuarantee(a, m, index);
        if (proof.sourceId != old.data.sourceId)
            revert WrongSource(proof.lockNullifier, old.data.sourceId, proof.sourceId);

        Accepted memory ok = _reprove(
            Statement(_marketId(a.marketIndex), id, a.nonce++, ACTION_REFRESH, a.controller, fee),
            m,
            proof,
            old,
            cache
        );
        // Its claim could not be bought meanwhile: what was asked for it is stale.
        if (old.revoked && old.data.state == LOCK_IN_AUCTION) _cancelAuction(id, a, old.key, old.nullifier);
        if (!byController) _requireNoWorse(old, live, ok);
        if (ok.guarantee < old.guarantee) _requireLowerable(id, a, m, old.counts, cache);
        _recover(id, a, m);
    }

    /// @dev ACC-5: an operator's proof guarantees as much at these prices and at every one below. Above them it may guarantee less than the old one did: what it needs
    /// not. @param live what the old one guarantees at live prices.
    function _requireNoWorse(LockState memory old, uint64 live, Accepted memory ok) private pure {
        uint64 least = old.guarantee > live ? old.guarantee : live;
        if (ok.guarantee < old.guarantee || ok.data.coverage < least)
            revert OperatorLowersGuarantee(old.nullifier, least, ok.guarantee);
        if (ok.data.expiry < old.data.expiry)
            revert OperatorShortensExpiry(old.nullifier, old.data.expiry, ok.data.expiry);
        for (uint256 i; i < 8; ++i) {
            // M′/f′ ≥ M/f on every slot that the new one relies on; so min p/f′·M′ ≥ min p/f·M at every p.
            if (uint256(ok.data.coverage) * old.floorsX64[i] < uint256(old.data.coverage) * ok.floorsX64[i])
                revert OperatorRaisesFloor(old.nullifier, uint8(i));
        }
    }

    /// @dev Who lowers what a lock guarantees stays covered; and by a proof that counts no more, which liquidation still goes by (ACC-3), does not make itself late.
    function _requireLowerable(
        bytes32 id,
        AccountData storage a,
        MarketData storage m,
        bool counted,
        PriceCache memory cache
    ) private view {
        IPositionModule module = IPositionModule(m.module);
        LockState[] memory states = _states(a, m, cache);
        if (counted) return _requireCoverage(id, module.maintenanceRequirement(id), states);
        uint256 debtValue = module.debtOf(id) == 0 ? 0 : module.debtValue(id);
        uint256 requirement = Math.ceilDiv(debtValue * (BPS + m.maxBonusBps), BPS);
        uint256 guarantees = _guaranteeSum(states);
        if (requirement > guarantees) revert CoverageTooLow(id, requirement, guarantees);
    }

    function _liveGuarantee(AccountData storage a, MarketData storage m, uint256 index) private view returns (uint64) {
        LockState memory s;
        PriceCache memory cache;
        cache.mode = PriceMode.Live;
        _evaluate(s, a, m, index, cache);
        return s.guarantee;
    }

    /// @dev What a loan needs, of an account that has it already.
    function _requireInitial(bytes32 id, AccountData storage a, MarketData storage m) private view {
        if (a.flaggedAt != 0) revert AccountFlagged(id);
        _requireAllAlive(a, m);
        PriceCache memory cache; // PriceMode.Conservative
        LockState[] memory states = _states(a, m, cache);
        _requireNotHalted(cache);
        _requireCoverage(id, IPositionModule(m.module).initialRequirement(id), states);
    }
}
