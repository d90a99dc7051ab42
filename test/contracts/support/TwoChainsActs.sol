// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {AuctionMath} from "../../../contracts/libraries/AuctionMath.sol";
import {TwoChainsMarginActs} from "./TwoChainsMarginActs.sol";

/// Everything that users, keepers, relayers and time can do to both chains, in any order: messages arrive late, twice, or never. The verifiers accept everything, and
/// this handler is an honest prover: it knows what each lock holds, never states more, and settles by SET-1. What must never happen is counted.
abstract contract TwoChainsActs is TwoChainsMarginActs {
    constructor() {
        deployWorld();
    }

    /// A history begins in the middle: deposits, locks, three accounts with debt.
    function begin() external {
        for (uint256 slot = 0; slot < 3; slot++) deposit(slot, depositLimit(slot) - 1);
        for (uint256 i = 0; i < 8; i++) lock(i);
        for (uint256 i = 0; i < 3; i++) open(i, 30, 1);
        // The margin chain has been heard of: from now on it is its silence that counts (ADR 0020).
        heartbeat();
        deliverOrder(orderCount() - 1);
    }

    /// Of every root.
    function attestor() external pure returns (address) {
        return keeper;
    }

    function lockCount() external view returns (uint256) {
        return _locks.length;
    }

    function accountCount() external view returns (uint256) {
        return _accounts.length;
    }

    function accountAt(uint256 i) external view returns (bytes32) {
        return _accounts[i];
    }

    function carriedInAll() external view returns (uint256 sum) {
        for (uint256 i = 0; i < _locks.length; i++) {
            (, uint256 carried, ) = pool.claimOf(keccak256(abi.encode(domain, i + 1)));
            sum += carried;
        }
    }

    /// Entries whose fees wait in the vault.
    function queued() external view returns (uint256) {
        (uint64 openChunk, uint8 openCount, , uint64 appended) = vault.queueState();
        return 16 * (openChunk - appended) + openCount;
    }

    function lockedIn(uint256 slot) external view returns (uint256 sum) {
        for (uint256 i = 0; i < _locks.length; i++) if (!_locks[i].settled) sum += _locks[i].amounts[slot];
    }

    // -- what nobody buys (LIQ-7, LIQ-8) ------------------------------------------------------------------------------

    /// Never refused once the auction is over and something is owed.
    function takeOver(uint256 which, uint256 wait) public {
        (bool found, uint256 n) = _open(which);
        if (!found) return;
        bytes32 id = _locks[n].account;
        IMarginTypes.AuctionView memory a = engine.auction(id, n + 1);
        if (a.startedAt == 0) return;
        if (wait % 2 == 0) vm.warp(vm.getBlockTimestamp() + 30 minutes);
        pushPrices();
        // LIQ-6: not from an account that meets its initial requirement again.
        bool recovered = pool.initialRequirement(id) <= engine.liveCoverage(id);
        bool due = block.timestamp >= a.endsAt && pool.debtOf(id) != 0 && !recovered;
        uint256 before = pool.totalAssets() + pool.provisions() + pool.lockedGain();
        uint256 fund = debtToken.balanceOf(address(insuranceFund));
        recordOrders();
        try engine.takeOver(id, n + 1) returns (uint64, uint256 debtAssets) {
            if (!due) spentTwice++;
            _locks[n].account = 0;
            _lots.push(n);
            (uint256 owed, uint256 carried, uint256 covered) = pool.claimOf(keccak256(abi.encode(domain, n + 1)));
            if (owed != debtAssets || carried + covered > owed) miscounted++;
            // A loss is what is neither carried nor paid by the fund, to the unit; a debt is whole shares, rounded up.
            uint256 loss = owed - carried - (fund - debtToken.balanceOf(address(insuranceFund)));
            if (pool.totalAssets() + pool.provisions() + pool.lockedGain() + loss + 1 < before) miscounted++;
            calls["takeOver"]++;
        } catch {
            if (due) refused++;
        }
        keepOrders();
    }

    /// LIQ-7: what the lock is worth at the auction's last prices, in two digits, by whoever knows its opening.
    function value(uint256 which) external {
        (bool found, uint256 n) = _open(which);
        if (!found) return;
        IMarginTypes.AuctionView memory a = engine.auction(_locks[n].account, n + 1);
        if (a.startedAt == 0) return;
        uint96[8] memory s = AuctionMath.seizurePrices(
            a.frozenPricesX64,
            riskSet.haircutFactors(a.riskVersion),
            a.reliedOn,
            true,
            9_800,
            30 minutes,
            30 minutes
        );
        uint256 worth;
        for (uint256 i = 0; i < 3; i++) worth += (uint256(_locks[n].amounts[i]) * s[i]) >> 64;
        IMarginTypes.MarginProof memory p = proofOf(n + 1, 0, 0, 10_000);
        (p.coverageMantissa, p.coverageExponent) = _twoDigits(worth);
        if (p.coverageMantissa == 0) return;
        deliverRoot();
        try engine.postValuation(_locks[n].account, p) {
            calls["value"]++;
        } catch {}
    }

    /// A crash in which nobody buys: what is for sale is taken over, ordered, settled, recovered and sold, as far as this history lets it.
    function workOut(uint256 seed) external {
        crash(seed & ~uint256(type(uint64).max));
        for (uint256 n = 0; n < _locks.length; n++) if (_locks[n].account != 0) takeOver(n, n == 0 ? 0 : 1);
        if (seed % 4 == 0) {
            if (seed % 8 == 0) book(0, 1, 0);
            return;
        }
        for (uint256 i = 0; i < orderCount(); i++) deliverOrder(i);
        for (uint256 i = 0; i < _lots.length; i++) settle(_lots[i]);
        for (uint256 i = 0; i < _lots.length; i++) if ((seed >> (8 + i)) & 1 == 1) sellLot(i, seed >> (i + 64));
    }

    /// RECOVERED comes for what a PUBLIC settlement seized, the lot goes up for sale, and somebody buys it at some time.
    function sellLot(uint256 which, uint256 wait) public {
        if (_lots.length == 0) return;
        uint256 n = _lots[which % _lots.length];
        if (!_locks[n].settled) return;
        deliverRecovered(n + 1, _locks[n].seizedLo);
        try engine.startLotSale(domain, n + 1) {
            calls["startLotSale"]++;
        } catch {}
        vm.warp(vm.getBlockTimestamp() + (wait % 10) * 1 hours);
        uint256 price = engine.lot(domain, n + 1).price;
        bool sold = engine.lot(domain, n + 1).sold;
        debtToken.mint(keeper, price);
        recordOrders();
        vm.prank(keeper);
        try engine.buyLot(domain, n + 1, price, recipient) {
            if (sold) spentTwice++;
            calls["buyLot"]++;
        } catch {
            if (!sold) refused++;
        }
        keepOrders();
    }

    /// Provisions, write-offs, write-downs, and somebody who adds to the fund.
    function book(uint256 which, uint256 kind, uint256 assets) public {
        if (kind % 4 == 0) debtToken.mint(address(insuranceFund), assets % 100_000e6);
        if (kind % 4 == 1 && _lots.length != 0) {
            if (assets % 4 == 0) vm.warp(vm.getBlockTimestamp() + 60 days);
            try engine.writeDownLot(domain, 1 + _lots[which % _lots.length]) {
                calls["writeDown"]++;
            } catch {}
        }
        if (kind % 4 < 2 || _accounts.length == 0) return;
        bytes32 id = _accounts[which % _accounts.length];
        pushPrices();
        engine.provision(id);
        calls["provision"]++;
        // Due where the debt's price has doubled, say: no history here gets there (test_writeOff_whatTheCapLeft does).
        bool due = pool.debtOf(id) != 0 && engine.account(id).locks.length == 0;
        try engine.writeOff(id) {
            if (!due) spentTwice++;
            calls["writeOff"]++;
        } catch {
            if (due) refused++;
        }
    }

    function releaseUnused(uint256 which, uint256 whether) external {
        (bool found, uint256 n) = _unopened(which);
        if (!found || whether % 8 != 0) return;
        fresh();
        IMarginTypes.MarginProof memory p = proofOf(n + 1, 0, 0, 10_000);
        recordOrders();
        vm.prank(user);
        try engine.releaseUnused(marketId, p) {
            _locks[n].opened = true; // can open nothing any more
            calls["releaseUnused"]++;
        } catch {
            refused++;
        }
        keepOrders();
    }

    /// A lock that is used, or was, in a second account.
    function openAgain(uint256 which) external {
        if (_locks.length == 0) return;
        uint256 n = which % _locks.length;
        if (!_locks[n].opened) return;
        fresh();
        IMarginTypes.MarginProof memory p = _proof(n, 0);
        if (p.coverageMantissa == 0) return;
        vm.prank(user);
        try engine.open{value: ATTESTATION_FEE}(marketId, keccak256(abi.encode("again", which)), p, 0, user) {
            spentTwice++;
        } catch {}
    }

    function lend(uint256 assets) external {
        supply(1e6 + (assets % 1_000_000e6));
        calls["lend"]++;
    }

    function unlend(uint256 assets) external {
        uint256 max = pool.maxWithdraw(lender);
        if (max == 0) return;
        vm.prank(lender);
        try pool.withdraw(1 + (assets % max), lender, lender) {
            calls["unlend"]++;
        } catch {
            refused++;
        }
    }

    function movePrices(uint256 seed) external {
        // Each by −25 … +20 %.
        for (uint256 i = 0; i < 3; i++) movePrice(i, int256(uint256(keccak256(abi.encode(seed, i))) % 46) - 25);
    }

    function passTime(uint256 seconds_) external {
        vm.warp(vm.getBlockTimestamp() + (seconds_ % 16 == 0 ? seconds_ % 8 days : seconds_ % 2 hours));
    }
}
