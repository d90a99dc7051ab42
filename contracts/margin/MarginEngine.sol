// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {SettleOrder} from "../types/Types.sol";
import {Delegating} from "./Delegating.sol";
import {MarginProofs} from "./MarginProofs.sol";
import {MarginStorage} from "./MarginStorage.sol";

/// @title The margin engine: accounts here, liquidation in its extension, markets in that one's
/// @dev IMarginEngine is more than one contract may hold (EIP-170). This one has what controllers call; every other call is delegated (`Delegating`).
/// Layers: MarginStorage (state, worth) ← Recovery (retire, clear) ← MarginProofs ← MarginEngine, ← Liquidation ← MarginExtension, and
/// MarginStorage ← MarketRegistry ← MarginMarkets.
/// An account's nonce is in `ext` and grows with each accepted proof, so a proof is good once.
contract MarginEngine is MarginProofs, Delegating, IMarginAccounts {
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
    ) external nonReentrant returns (bytes32 id) {
        MarketData storage m = _market(marketId);
        id = accountId(marketId, msg.sender, salt);
        AccountData storage a = _accounts[id];
        if (a.controller != address(0)) revert AccountExists(id);
        (a.controller, a.nonce, a.lockCount, a.marketIndex) = (msg.sender, 1, 1, m.index);
        emit AccountOpened(id, marketId, msg.sender, salt);

        Accepted memory ok = _addProvenLock(Statement(marketId, id, 0, ACTION_OPEN, msg.sender), a, m, proof, 0);
        if (borrowAssets == 0) return id;
        uint256 requirement = IPositionModule(m.module).borrowFor(id, borrowAssets, receiver);
        if (requirement > ok.guarantee) revert CoverageTooLow(id, requirement, ok.guarantee);
    }

    /// @inheritdoc IMarginAccounts
    function addLock(bytes32 id, MarginProof calldata proof) external nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        _onlyController(id, a);
        (uint64 nonce, uint8 count) = (a.nonce, a.lockCount);
        // Written before the proof is judged: if it fails, nothing was written.
        (a.nonce, a.lockCount) = (nonce + 1, count + 1);
        Statement memory st = Statement(_marketId(a.marketIndex), id, nonce, ACTION_ADD_LOCK, msg.sender);
        _addProvenLock(st, a, m, proof, count);
        _recover(id, a, m);
    }

    /// @inheritdoc IMarginAccounts
    function refresh(bytes32 id, MarginProof calldata proof) external nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        bool byController = msg.sender == a.controller;
        if (!byController && !_operators[id][msg.sender]) revert NotAuthorised(id, msg.sender);

        LockState memory old;
        PriceCache memory cache; // PriceMode.Conservative
        uint256 index = _indexOf(id, a, proof.lockNullifier);
        _evaluate(old, a, m, index, cache);
        if (proof.sourceId != old.data.sourceId)
            revert WrongSource(proof.lockNullifier, old.data.sourceId, proof.sourceId);

        Accepted memory ok = _reprove(
            Statement(_marketId(a.marketIndex), id, a.nonce++, ACTION_REFRESH, a.controller),
            m,
            proof,
            old,
            cache
        );
        // Its claim could not be bought meanwhile: what was asked for it is stale.
        if (old.revoked && old.data.state == LOCK_IN_AUCTION) _cancelAuction(id, a, old.key, old.nullifier);
        if (!byController) {
            if (ok.guarantee < old.guarantee)
                revert OperatorLowersGuarantee(proof.lockNullifier, old.guarantee, ok.guarantee);
            if (proof.expiry < old.data.expiry)
                revert OperatorShortensExpiry(proof.lockNullifier, old.data.expiry, proof.expiry);
        }
        if (old.counts && ok.guarantee < old.guarantee) {
            _requireCoverage(id, IPositionModule(m.module).maintenanceRequirement(id), _states(a, m, cache));
        }
        _recover(id, a, m);
    }

    /// @inheritdoc IMarginAccounts
    function removeLock(bytes32 id, uint256 lockNullifier) external nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        _onlyController(id, a);
        if (a.flaggedAt != 0) revert AccountFlagged(id);
        (SourceData storage source_, ) = _retire(id, a, m, _indexOf(id, a, lockNullifier));
        uint256 requirement = IPositionModule(m.module).initialRequirement(id);
        if (requirement != 0) _requireCoverage(id, requirement, _states(a, m, PriceMode.Conservative));
        _sendHome(source_, lockNullifier);
    }

    /// @inheritdoc IMarginAccounts
    function release(bytes32 id) external nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        uint256 debt = IPositionModule(m.module).debtOf(id);
        if (debt != 0) revert DebtOutstanding(id, debt);
        if (msg.sender != a.controller) _requireExpired(id, a, m);
        if (a.flaggedAt != 0) _clear(id, a, m);
        for (uint256 count = a.lockCount; count > 0; --count) {
            (SourceData storage source_, uint256 nullifier) = _retire(id, a, m, count - 1);
            _sendHome(source_, nullifier);
        }
    }

    /// @inheritdoc IMarginAccounts
    function releaseUnused(bytes32 marketId, MarginProof calldata proof) external nonReentrant {
        MarketData storage m = _market(marketId);
        SourceData storage source_ = _source(m, marketId, proof.sourceId);
        uint256 domain = _domain(source_);
        bytes32 key = _lockKey(domain, proof.lockNullifier);
        if (_locks[key].state != 0) revert LockUsed(domain, proof.lockNullifier);
        _proveUnused(Statement(marketId, 0, 0, ACTION_RELEASE_UNUSED, msg.sender), m, source_, domain, proof);
        _locks[key].state = LOCK_RETIRED;
        emit LockRetired(0, domain, proof.lockNullifier);
        _sendHome(source_, proof.lockNullifier);
    }

    /// @inheritdoc IMarginAccounts
    function approveOperator(bytes32 id, address operator, bool approved) external {
        (AccountData storage a, ) = _account(id);
        _onlyController(id, a);
        _operators[id][operator] = approved;
        emit OperatorApproved(id, operator, approved);
    }

    /// @inheritdoc IMarginAccounts
    function requireInitial(bytes32 id, address caller) external view nonReentrantView {
        (AccountData storage a, MarketData storage m) = _account(id);
        if (msg.sender != m.module) revert NotModule(id, msg.sender);
        if (caller != a.controller) revert NotController(id, caller, a.controller);
        if (a.flaggedAt != 0) revert AccountFlagged(id);
        _requireAllAlive(a, m);
        PriceCache memory cache; // PriceMode.Conservative
        LockState[] memory states = _states(a, m, cache);
        _requireNotHalted(cache);
        _requireCoverage(id, IPositionModule(m.module).initialRequirement(id), states);
    }

    // Views.

    /// @inheritdoc IMarginAccounts
    function domainOf(uint32 srcEid, address vault) external view returns (uint256) {
        return DomainLib.compute(srcEid, vault, localEid, address(this));
    }

    /// @inheritdoc IMarginAccounts
    function accountId(bytes32 marketId, address controller, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(address(this), marketId, controller, salt));
    }

    /// @inheritdoc IMarginAccounts
    function account(bytes32 id) external view returns (AccountView memory v) {
        (AccountData storage a, MarketData storage m) = _account(id);
        uint256 count = a.lockCount;
        v.market = _marketId(a.marketIndex);
        v.controller = a.controller;
        v.nonce = a.nonce;
        v.flaggedAt = a.flaggedAt;
        v.graceEndsAt = a.flaggedAt == 0 ? 0 : a.graceEndsAt;
        v.auctions = a.auctions;
        v.locks = new uint256[](count);
        v.domains = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            v.locks[i] = a.nullifiers[i];
            v.domains[i] = _domain(m.sources[_sourceIdAt(a, i)]);
        }
    }

    /// @inheritdoc IMarginAccounts
    function lock(uint256 domain, uint256 lockNullifier) external view returns (Lock memory) {
        LockData memory d = _locks[_lockKey(domain, lockNullifier)];
        return
            Lock({
                sourceId: d.sourceId,
                coverage: d.coverage,
                cap: d.cap,
                snapshot: d.snapshot,
                floorBps: uint16(d.floorPercent) * 100,
                reliedOn: d.reliedOn,
                riskVersion: d.riskVersion,
                expiry: d.expiry,
                state: d.state
            });
    }

    /// @inheritdoc IMarginAccounts
    function isOperator(bytes32 id, address operator) external view returns (bool) {
        return _operators[id][operator];
    }

    /// @dev A SETTLE with claim 0: everything goes back to the owner.
    function _sendHome(SourceData storage source_, uint256 nullifier) internal {
        SettleOrder memory order;
        order.vault = source_.vault;
        order.engine = address(this);
        order.lockNullifier = nullifier;
        orderQueue.settle(source_.eid, order);
    }

    function _requireExpired(bytes32 id, AccountData storage a, MarketData storage m) private view {
        uint256 last;
        for (uint256 i; i < a.lockCount; ++i) {
            uint256 expiry = _locks[_lockKey(_domain(m.sources[_sourceIdAt(a, i)]), a.nullifiers[i])].expiry;
            if (expiry > last) last = expiry;
        }
        if (block.timestamp <= last) revert ProofsNotExpired(id, msg.sender, last);
    }
}
