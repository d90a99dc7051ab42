// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IMarginHoldings} from "../interfaces/IMarginHoldings.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {Recovery} from "./Recovery.sol";

/// @title What an account holds: leaving (ACC-7), looking at it, and what attestors earned of it (FEE-2)
abstract contract Holdings is Recovery, IMarginHoldings {
    /// @inheritdoc IMarginHoldings
    function removeLock(bytes32 id, uint256 lockNullifier) external nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        _onlyController(id, a);
        if (a.flaggedAt != 0) revert AccountFlagged(id);
        (SourceData storage source_, ) = _retire(id, a, m, _indexOf(id, a, lockNullifier));
        uint256 requirement = IPositionModule(m.module).initialRequirement(id);
        if (requirement != 0) {
            // Less collateral under a debt is what more debt is: it asks for the same.
            _requireAllAlive(a, m);
            PriceCache memory cache; // PriceMode.Conservative
            LockState[] memory states = _states(a, m, cache);
            _requireNotHalted(cache);
            _requireCoverage(id, requirement, states);
        }
        _sendHome(source_, lockNullifier);
    }

    /// @inheritdoc IMarginHoldings
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

    /// @inheritdoc IMarginHoldings
    function approveOperator(bytes32 id, address operator, bool approved) external {
        (AccountData storage a, ) = _account(id);
        _onlyController(id, a);
        _operators[id][operator] = approved;
        emit OperatorApproved(id, operator, approved);
    }

    /// @inheritdoc IMarginHoldings
    function collectAttestationFees(address payable recipient) external nonReentrant returns (uint256 amount) {
        amount = _attestationFees[msg.sender];
        _attestationFees[msg.sender] = 0;
        emit AttestationFeesCollected(msg.sender, recipient, amount);
        Address.sendValue(recipient, amount);
    }

    /// @inheritdoc IMarginHoldings
    function attestationFeesOf(address attestor) external view returns (uint256) {
        return _attestationFees[attestor];
    }

    /// @inheritdoc IMarginHoldings
    function domainOf(uint32 srcEid, address vault) external view returns (uint256) {
        return DomainLib.compute(srcEid, vault, localEid, address(this));
    }

    /// @inheritdoc IMarginHoldings
    function accountId(bytes32 marketId, address controller, bytes32 salt) external view returns (bytes32) {
        return _accountId(marketId, controller, salt);
    }

    /// @inheritdoc IMarginHoldings
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

    /// @inheritdoc IMarginHoldings
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

    /// @inheritdoc IMarginHoldings
    function isOperator(bytes32 id, address operator) external view returns (bool) {
        return _operators[id][operator];
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
