// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {SettleOrder} from "../../../contracts/types/Types.sol";
import {TwoChainsProver} from "../support/TwoChainsProver.sol";

/// Everything that users, keepers, relayers and time can do to both chains, in any order: messages arrive late, twice, or never. The verifiers accept everything, and
/// this handler is an honest prover: it knows what each lock holds, never states more, and settles by SET-1. What must never happen is counted.
contract TwoChainsHandler is TwoChainsProver {
    constructor() {
        deployWorld();
        // A history begins in the middle: deposits, locks, three accounts with debt.
        for (uint256 slot = 0; slot < 3; slot++) deposit(slot, depositLimit(slot) - 1);
        for (uint256 i = 0; i < 8; i++) lock(i);
        for (uint256 i = 0; i < 3; i++) open(i, 30, 1);
        // The margin chain has been heard of: from now on it is its silence that counts (ADR 0020).
        heartbeat();
        deliverOrder(orderCount() - 1);
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

    // -- S ------------------------------------------------------------------------------------------------------------

    function deposit(uint256 slot, uint256 amount) public {
        slot %= 3;
        amount = 1 + (amount % depositLimit(slot));
        depositAs(user, uint8(slot), uint64(amount));
        free[slot] += amount;
        calls["deposit"]++;
    }

    function withdraw(uint256 slot, uint256 amount) external {
        slot %= 3;
        if (free[slot] == 0) return;
        amount = 1 + (amount % free[slot]);
        uint256[3] memory taken;
        taken[slot] = amount;
        _transact(taken);
        free[slot] -= amount;
        calls["withdraw"]++;
    }

    /// A delayed withdrawal: refused before its time, never after it.
    function claimDelayed(uint256 slot, uint256 which) external {
        slot %= 3;
        uint256 count = vault.delayedCount(uint8(slot));
        if (count == 0) return;
        which %= count;
        (, uint64 amount, uint256 readyAt) = vault.delayedWithdrawal(uint8(slot), which);
        bool due = amount != 0 && block.timestamp >= readyAt;
        try vault.claimDelayed(uint8(slot), which) {
            if (!due) spentTwice++;
            calls["claimDelayed"]++;
        } catch {
            if (due) refused++;
        }
    }

    /// What waits in a slot.
    function delayed(uint8 slot) external view returns (uint256 sum) {
        uint256 count = vault.delayedCount(slot);
        for (uint256 i = 0; i < count; i++) {
            (, uint64 amount, ) = vault.delayedWithdrawal(slot, i);
            sum += amount;
        }
    }

    function lock(uint256 seed) public {
        if (_locks.length == MAX_LOCKS) return;
        Lock storage made = _locks.push();
        for (uint256 slot = 0; slot < 3; slot++) {
            uint256 amount = free[slot] == 0 ? 0 : uint256(keccak256(abi.encode(seed, slot))) % (free[slot] / 2 + 1);
            made.amounts[slot] = uint64(amount);
            free[slot] -= amount;
        }
        uint256[3] memory nothing;
        _transact(nothing);
        calls["lock"]++;
    }

    /// A used nullifier, again.
    function spendAgain(uint256 which) external {
        if (nullifiers < 2) return;
        ICollateralVault.TransactParams memory params = emptyTransact();
        params.nullifiers = [1 + (which % nullifiers), type(uint128).max];
        vm.prank(user);
        try vault.transact{value: 2 * ENTRY_FEE}(params, noProof()) {
            spentTwice++;
        } catch {}
    }

    function settle(uint256 which) public {
        if (_locks.length == 0) return;
        for (uint256 i = 0; i < _locks.length; i++) {
            uint256 n = ((which % _locks.length) + i) % _locks.length;
            (bytes32 hash, ) = inbox.executable(domain, n + 1);
            (bool known, SettleOrder memory order) = orderOf(hash);
            // An escape is none of the queue's orders: `escape` has its own.
            if (!known || (_locks[n].settled && which % 4 != 0)) continue;
            _settle(_locks[n], order);
            return;
        }
    }

    /// Announces an escape, after a long silence now and then, and executes it when its time has come.
    function escape(uint256 which, uint256 wait) external {
        if (_locks.length == 0) return;
        uint256 n = which % _locks.length;
        if (wait % 16 == 0) vm.warp(vm.getBlockTimestamp() + 31 days);
        uint96[8] memory s = openedPrices[n + 1];
        try inbox.announceEscape(address(vault), D_EID, address(engine), n + 1, s) {
            calls["announce"]++;
            if (wait % 3 == 0) vm.warp(vm.getBlockTimestamp() + 7 days);
        } catch {}
        (bytes32 hash, bool isEscape) = inbox.executable(domain, n + 1);
        if (hash == 0 || !isEscape) return;
        (, uint64 cap, ) = inbox.orders(domain, n + 1);
        SettleOrder memory order;
        (order.vault, order.engine, order.lockNullifier) = (address(vault), address(engine), n + 1);
        if (cap != 0) (order.claim, order.seizurePricesX64, order.isPublic) = (cap, s, true);
        if (keccak256(abi.encode(order)) != hash) return; // announced under an older notice
        _settle(_locks[n], order);
        calls["escape"]++;
    }

    // -- between ------------------------------------------------------------------------------------------------------

    function attest() public {
        deliverRoot();
        calls["attest"]++;
    }

    /// Any order that D ever queued, as often as it pleases whoever carries it.
    function deliver(uint256 which) external {
        if (orderCount() == 0) return;
        deliverOrder(which % orderCount());
        calls["deliver"]++;
    }

    function deliverAll() external {
        for (uint256 i = orderCount() > 6 ? orderCount() - 6 : 0; i < orderCount(); i++) deliverOrder(i);
    }

    function heartbeat() public {
        recordOrders();
        engine.heartbeat(marketId, 0);
        keepOrders();
        calls["heartbeat"]++;
    }

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
        vm.prank(user);
        try engine.open(marketId, bytes32(n), p, borrowAssets, user) returns (bytes32 id) {
            _accounts.push(id);
            _opened(n, id, p);
            _judgeCover(id, false);
            calls["open"]++;
        } catch {
            keepOrders();
        }
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
        try engine.addLock(id, p) {
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
        vm.prank(user);
        try engine.refresh(_locks[n].account, p) {
            calls["refresh"]++;
            _announced(n, p);
        } catch {}
        keepOrders();
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
        vm.prank(keeper);
        try engine.buy(id, n + 1, type(uint256).max, 7, base8()) returns (uint64 claim, uint256) {
            _locks[n].account = 0;
            (_locks[n].sold, _locks[n].soldWithinGuarantee) = (claim, claim <= g);
            // An auction runs on until the initial requirement is met (LIQ-6), so before the sale nothing may be missing.
            if (!wasLate && !gained && _missing(id) > (missing > 0 ? missing : int256(0))) worsened++;
            calls["buy"]++;
        } catch {}
        keepOrders();
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
        try engine.open(marketId, keccak256(abi.encode("again", which)), p, 0, user) {
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

/// docs/invariants.md, INV-ALL
contract TwoChainsInvariants is Test {
    TwoChainsHandler internal handler;

    function setUp() public {
        vm.warp(1_700_000_000);
        handler = new TwoChainsHandler();
        targetContract(address(handler));
        bytes4[] memory selectors = _selectors();
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    /// None of these is true because nothing happens: random histories of the runner's length reach every kind of step.
    function test_handler_reachesEverything() public {
        bytes32[27] memory steps = [
            bytes32("deposit"),
            "withdraw",
            "lock",
            "settle",
            "settlePublic",
            "announce",
            "escape",
            "attest",
            "deliver",
            "heartbeat",
            "open",
            "addLock",
            "refresh",
            "borrow",
            "repay",
            "removeLock",
            "release",
            "flag",
            "start",
            "buy",
            "releaseUnused",
            "claimDelayed",
            "takeOver",
            "provision",
            "startLotSale",
            "buyLot",
            "writeDown"
        ];
        uint256[27] memory reached;
        bytes4[] memory selectors = _selectors();
        uint256 seed = 20_261_127;
        uint256 beginning = vm.snapshotState();
        for (uint256 run = 0; run < 32; run++) {
            for (uint256 i = 0; i < 100; i++) {
                seed = uint256(keccak256(abi.encode(seed)));
                bytes memory arguments = abi.encode(seed >> 8, seed >> 16, seed >> 24);
                (bool ok, ) = address(handler).call(bytes.concat(selectors[seed % selectors.length], arguments));
                assertTrue(ok, "the handler itself never reverts");
            }
            for (uint256 i = 0; i < steps.length; i++) reached[i] += handler.calls(steps[i]);
            vm.revertToState(beginning);
        }
        for (uint256 i = 0; i < steps.length; i++) {
            string memory name = string(abi.encodePacked(steps[i]));
            emit log_named_uint(name, reached[i]);
            assertGt(reached[i], 0, name);
        }
    }

    /// INV-ALL-01
    function invariant_theVaultHasWhatItOwes() public view {
        for (uint8 slot = 0; slot < 3; slot++) {
            uint256 held = handler.vault().held(slot);
            uint256 owed = handler.vault().owed(slot);
            // The sixteen units of the first chunk belong to nobody here.
            uint256 notes = handler.free(slot) + handler.lockedIn(slot) + (slot == 0 ? 16 : 0);
            assertEq(held, notes, "held");
            assertEq(owed, handler.publiclySeized(slot) + handler.delayed(slot), "owed");
            if (slot < 2) {
                assertEq(handler.tokens(slot).balanceOf(address(handler.vault())), held + owed, "tokens");
            } else {
                uint256 fees = handler.queued() * 0.0001 ether;
                assertEq(address(handler.vault()).balance, (held + owed) * 1e10 + fees, "native");
            }
        }
    }

    /// INV-ALL-02
    function invariant_thePoolHasWhatItOwes() public view {
        assertEq(handler.debtToken().balanceOf(address(handler.pool())), handler.pool().cash());
    }

    /// INV-ALL-03
    function invariant_noSettlementTakesMoreThanTheLockHeld() public view {
        assertEq(handler.seizedTooMuch(), 0);
    }

    /// INV-ALL-04
    function invariant_nothingIsUsedTwice() public view {
        assertEq(handler.spentTwice(), 0);
    }

    /// INV-ALL-05
    function invariant_whoTakesOnDebtIsCovered() public view {
        assertEq(handler.uncovered(), 0);
    }

    /// INV-ALL-06
    function invariant_claimsWithinTheGuaranteeArePaid() public view {
        assertEq(handler.underpaid(), 0);
    }

    /// INV-ALL-07
    function invariant_purchasesBringAccountsNearerToCover() public view {
        assertEq(handler.worsened(), 0);
    }

    /// INV-ALL-09
    function invariant_lossesAreInTheBooks() public view {
        assertEq(handler.miscounted(), 0);
        uint256 debts;
        uint256 provisions;
        for (uint256 i = 0; i < handler.accountCount(); i++) {
            bytes32 id = handler.accountAt(i);
            debts += handler.pool().debtOf(id);
            provisions += handler.pool().provisionOf(id);
            assertLe(handler.pool().provisionOf(id), handler.pool().debtOf(id));
        }
        assertEq(provisions, handler.pool().provisions());
        uint256 face = handler.pool().cash() + handler.pool().totalDebt() + handler.pool().carriedClaims();
        uint256 hidden = handler.pool().lockedGain() + provisions;
        assertEq(handler.pool().totalAssets(), face > hidden ? face - hidden : 0);
        assertEq(handler.pool().carriedClaims(), handler.carriedInAll());
    }

    /// INV-ALL-08
    function invariant_leavingIsNeverRefused() public view {
        assertEq(handler.refused(), 0);
    }

    function _selectors() private view returns (bytes4[] memory selectors) {
        selectors = new bytes4[](32);
        selectors[28] = handler.takeOver.selector;
        selectors[29] = handler.workOut.selector;
        selectors[30] = handler.sellLot.selector;
        selectors[31] = handler.book.selector;
        selectors[27] = handler.claimDelayed.selector;
        selectors[0] = handler.deposit.selector;
        selectors[1] = handler.withdraw.selector;
        selectors[2] = handler.lock.selector;
        selectors[3] = handler.spendAgain.selector;
        selectors[4] = handler.settle.selector;
        selectors[5] = handler.escape.selector;
        selectors[6] = handler.attest.selector;
        selectors[7] = handler.deliver.selector;
        selectors[8] = handler.deliverAll.selector;
        selectors[9] = handler.heartbeat.selector;
        selectors[10] = handler.open.selector;
        selectors[11] = handler.addLock.selector;
        selectors[12] = handler.refresh.selector;
        selectors[13] = handler.borrow.selector;
        selectors[14] = handler.repay.selector;
        selectors[15] = handler.removeLock.selector;
        selectors[16] = handler.release.selector;
        selectors[17] = handler.flag.selector;
        selectors[18] = handler.startAuctions.selector;
        selectors[19] = handler.buy.selector;
        selectors[20] = handler.releaseUnused.selector;
        selectors[21] = handler.openAgain.selector;
        selectors[22] = handler.lend.selector;
        selectors[23] = handler.unlend.selector;
        selectors[24] = handler.movePrices.selector;
        selectors[25] = handler.passTime.selector;
        selectors[26] = handler.crash.selector;
    }
}
