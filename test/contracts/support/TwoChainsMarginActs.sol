// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IClaimBuyer} from "../../../contracts/interfaces/IClaimBuyer.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {SignedTerms} from "./SignedTerms.sol";
import {TwoChainsVaultActs} from "./TwoChainsVaultActs.sol";

/// What borrowers, submitters, operators, keepers and buyers do on the margin chain.
abstract contract TwoChainsMarginActs is TwoChainsVaultActs, IClaimBuyer {
    // -- D ------------------------------------------------------------------------------------------------------------

    function open(uint256 which, uint256 borrowShare, uint256 floor) public {
        (bool found, uint256 n) = _unopened(which);
        if (!found) return;
        fresh();
        IMarginTypes.MarginProof memory p = _proof(n, floor);
        if (p.coverageMantissa == 0) return;
        uint256 borrowAssets = (_value(p) * (40 + (borrowShare % 60))) / 100; // sometimes too much
        if (borrowAssets < MIN_DEBT) borrowAssets = 0;
        recordOrders();
        bool signed = borrowShare % 4 == 1;
        try this.openOnce(bytes32(n), p, borrowAssets, signed) returns (bytes32 id) {
            if (pool.borrowCap() == 0 && pool.debtOf(id) != 0) movedWhilePaused++;
            _accounts.push(id);
            _opened(n, id, p);
            _judgeCover(id, false);
            calls[signed ? bytes32("openFor") : bytes32("open")]++;
        } catch {
            keepOrders();
        }
    }

    /// By the user, or by the keeper with the user's signature, for a fee.
    function openOnce(
        bytes32 salt,
        IMarginTypes.MarginProof calldata p,
        uint256 borrowAssets,
        bool signed
    ) external returns (bytes32) {
        if (!signed) {
            vm.prank(user);
            return engine.open{value: ATTESTATION_FEE}(marketId, salt, p, borrowAssets, user);
        }
        uint256 fee = borrowAssets == 0 ? 0 : 1e6;
        IMarginAccounts.Opening memory o = IMarginAccounts.Opening(marketId, salt, user, borrowAssets, user, fee);
        bytes memory signature = _signed(SignedTerms.openDigest(address(engine), o, p, keeper));
        vm.prank(keeper);
        return engine.openFor{value: ATTESTATION_FEE}(o, p, signature);
    }

    function addLock(uint256 which, uint256 account, uint256 floor) external {
        (bool found, uint256 n) = _unopened(which);
        if (!found || _accounts.length == 0) return;
        fresh();
        bytes32 id = _accounts[account % _accounts.length];
        IMarginTypes.MarginProof memory p = _proof(n, floor);
        if (p.coverageMantissa == 0) return;
        recordOrders();
        vm.prank(user);
        try engine.addLock{value: ATTESTATION_FEE}(id, p) {
            _opened(n, id, p);
            calls["addLock"]++;
        } catch {
            keepOrders();
        }
    }

    function refresh(uint256 which, uint256 floor) external {
        (bool found, uint256 n) = _open(which);
        if (!found) return;
        fresh();
        IMarginTypes.MarginProof memory p = _proof(n, floor);
        if (p.coverageMantissa == 0) return;
        recordOrders();
        try this.refreshOnce(_locks[n].account, p, floor >> 2) {
            calls["refresh"]++;
            _announced(n, p);
        } catch {}
        keepOrders();
    }

    /// By the user, by an operator, or by the keeper with the user's signature, for a fee or none.
    function refreshOnce(bytes32 id, IMarginTypes.MarginProof calldata p, uint256 how) external {
        if (how % 8 == 5) {
            uint256 fee = (how >> 3) % 2 == 0 ? 0 : 1e6;
            uint64 nonce = engine.account(id).nonce;
            bytes memory signature = _signed(SignedTerms.refreshDigest(address(engine), id, nonce, fee, p, keeper));
            vm.prank(keeper);
            engine.refreshFor(id, fee, p, signature);
            calls["refreshFor"]++;
            return;
        }
        if (how % 8 > 5 || how % 8 < 2) {
            uint256 before = engine.guarantee(id, p.lockNullifier);
            vm.prank(user);
            engine.approveOperator(id, keeper, true);
            vm.prank(keeper);
            engine.refresh(id, p);
            if (engine.guarantee(id, p.lockNullifier) < before) worsened++;
            calls["refreshByOperator"]++;
            return;
        }
        vm.prank(user);
        engine.refresh(id, p);
    }

    /// Prices recover, and whoever is covered again is told so.
    function recover(uint256 percent) external {
        for (uint256 i = 0; i < 3; i++) movePrice(i, int256(percent % 30));
        for (uint256 i = 0; i < _accounts.length; i++) {
            try engine.clear(_accounts[i]) {
                calls["clear"]++;
            } catch {}
        }
    }

    /// FEE-2
    function collectFees() external {
        uint256 owed = engine.attestationFeesOf(keeper);
        vm.prank(keeper);
        if (engine.collectAttestationFees(payable(recipient)) != owed) miscounted++;
        calls["collectFees"]++;
    }

    function borrow(uint256 account, uint256 assets) external {
        if (_accounts.length == 0) return;
        fresh();
        bytes32 id = _accounts[account % _accounts.length];
        // Near the limit, below it and above.
        uint256 room = engine.borrowCoverage(id);
        uint256 used = pool.initialRequirement(id);
        room = room > used ? room - used : 0;
        assets = MIN_DEBT + (room * (50 + (assets % 60))) / 100;
        vm.prank(user);
        try pool.borrow(id, assets, user) {
            if (pool.borrowCap() == 0) movedWhilePaused++;
            _judgeCover(id, true);
            calls["borrow"]++;
        } catch {}
    }

    /// Never refused: not by prices, pauses, flags or auctions.
    function repay(uint256 account, uint256 assets) external {
        if (_accounts.length == 0) return;
        bytes32 id = _accounts[account % _accounts.length];
        uint256 debt = pool.debtOf(id);
        if (debt == 0) return;
        assets = assets % 4 == 0 ? type(uint256).max : 1 + (assets % debt);
        debtToken.mint(user, debt + 1);
        recordOrders();
        vm.prank(user);
        try pool.repay(id, assets) {
            calls["repay"]++;
        } catch {
            refused++;
        }
        keepOrders();
    }

    function removeLock(uint256 which, uint256 whether) external {
        (bool found, uint256 n) = _open(which);
        if (!found || whether % 4 != 0) return;
        fresh();
        bytes32 id = _locks[n].account;
        recordOrders();
        vm.prank(user);
        try engine.removeLock(id, n + 1) {
            _locks[n].account = 0;
            _judgeCover(id, true);
            calls["removeLock"]++;
        } catch {}
        keepOrders();
    }

    /// Without debt it is never refused.
    function release(uint256 account, uint256 whether) external {
        if (_accounts.length == 0 || whether % 4 != 0) return;
        bytes32 id = _accounts[account % _accounts.length];
        if (pool.debtOf(id) != 0) return;
        recordOrders();
        vm.prank(user);
        try engine.release(id) {
            for (uint256 n = 0; n < _locks.length; n++) if (_locks[n].account == id) _locks[n].account = 0;
            calls["release"]++;
        } catch {
            refused++;
        }
        keepOrders();
    }

    function flag(uint256 account) public {
        if (_accounts.length == 0) return;
        pushPrices();
        vm.prank(keeper);
        try engine.flag(_accounts[account % _accounts.length]) {
            calls["flag"]++;
        } catch {}
    }

    function startAuctions(uint256 account) public {
        if (_accounts.length == 0) return;
        pushPrices();
        vm.prank(keeper);
        try engine.startAuctions(_accounts[account % _accounts.length]) {
            calls["start"]++;
        } catch {}
    }

    /// A fall of all prices, and a keeper who goes after every account until its locks are for sale, and buys some.
    function crash(uint256 seed) public {
        for (uint256 i = 0; i < 3; i++) movePrice(i, -int256(5 + (uint256(keccak256(abi.encode(seed, i))) % 30)));
        for (uint256 i = 0; i < _accounts.length; i++) flag(i);
        vm.warp(vm.getBlockTimestamp() + (seed % 2) * 2 hours);
        for (uint256 i = 0; i < _accounts.length; i++) startAuctions(i);
        vm.warp(vm.getBlockTimestamp() + (seed % 40) * 1 minutes);
        for (uint256 n = 0; n < _locks.length; n++) if (_locks[n].account != 0 && (seed >> n) & 1 == 1) buy(n);
        calls["crash"]++;
    }

    function buy(uint256 which) public {
        (bool found, uint256 n) = _open(which);
        if (!found) return;
        pushPrices();
        bytes32 id = _locks[n].account;
        uint256 g = engine.auction(id, n + 1).guarantee;
        // A sale is at the prices and the proof that the auction froze: what the lock has gained since goes back to its owner with the rest.
        bool gained = engine.guarantee(id, n + 1) > g;
        bool wasLate = _isLate(id);
        int256 missing = _missing(id);
        debtToken.mint(keeper, pool.debtOf(id));
        recordOrders();
        try this.buyOnce(id, n + 1, which % 4 == 3) returns (uint64 claim, uint256) {
            _locks[n].account = 0;
            (_locks[n].sold, _locks[n].soldWithinGuarantee) = (claim, claim <= g);
            // An auction runs on until the initial requirement is met (LIQ-6), so before the sale nothing may be missing.
            if (!wasLate && !gained && _missing(id) > (missing > 0 ? missing : int256(0))) worsened++;
            calls["buy"]++;
        } catch {}
        keepOrders();
    }

    /// With money at hand, or with money that comes in the callback.
    function buyOnce(bytes32 id, uint256 lockNullifier, bool withCallback) external returns (uint64, uint256) {
        if (!withCallback) {
            vm.prank(keeper);
            return engine.buy(id, lockNullifier, type(uint256).max, 7, base8());
        }
        calls["buyWithCallback"]++;
        return engine.buyWithCallback(id, lockNullifier, type(uint256).max, 7, base8(), "money");
    }

    function onClaimBought(bytes32, uint256, uint64, uint256 debtAssets, bytes calldata) external override {
        debtToken.mint(address(this), debtAssets);
        debtToken.approve(address(pool), debtAssets);
    }

    function _signed(bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(USER_KEY, digest);
        return abi.encodePacked(r, s, v);
    }
}
