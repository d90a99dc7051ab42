// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {SettleOrder} from "../../../contracts/types/Types.sol";
import {RecoveryVault} from "../../../contracts/vault/RecoveryVault.sol";
import {MoodyToken} from "./HostileTokens.sol";
import {TwoChainsProver} from "./TwoChainsProver.sol";

/// What people, relayers and a hostile token do on the vault chain, and what becomes of messages between the chains: late, twice, or never.
abstract contract TwoChainsVaultActs is TwoChainsProver {
    // -- S ------------------------------------------------------------------------------------------------------------

    function deposit(uint256 slot, uint256 amount) public {
        slot %= 3;
        amount = 1 + (amount % depositLimit(slot));
        bool paused = vault.depositsPaused();
        try this.depositOnce(uint8(slot), uint64(amount)) {
            if (paused) movedWhilePaused++;
            free[slot] += amount;
            calls["deposit"]++;
        } catch {
            if (!paused && !_isMoody(slot)) refused++;
        }
    }

    function withdraw(uint256 slot, uint256 amount) external {
        slot %= 3;
        if (free[slot] == 0) return;
        amount = 1 + (amount % free[slot]);
        uint256[3] memory taken;
        taken[slot] = amount;
        // Nothing is spent if a token does not move.
        try this.transactOnce(taken) {
            free[slot] -= amount;
            calls["withdraw"]++;
        } catch {
            if (!_isMoody(slot)) refused++;
        }
    }

    function depositOnce(uint8 slot, uint64 amount) external {
        depositAs(user, slot, amount);
    }

    function transactOnce(uint256[3] calldata taken) external {
        _transact(taken);
    }

    /// The token of slot 1 does what hostile tokens do, or behaves again.
    function setMood(uint256 mood) external {
        moody.set(MoodyToken.Mood(mood % 8 > 4 ? 0 : mood % 8));
        calls["setMood"]++;
    }

    /// What a guardian can stop: deposits here, loans there. Everything else goes on, which `refused` watches.
    function pause(uint256 what) external {
        if (what % 4 == 0) vault.pauseDeposits();
        if (what % 4 == 1) vault.unpauseDeposits();
        if (what % 4 > 1) pool.setCaps(type(uint128).max, what % 4 == 2 ? 0 : type(uint128).max);
        calls["pause"]++;
    }

    /// The missing entries' fees, for an open chunk.
    function seal() external {
        (, uint8 count, , ) = vault.queueState();
        if (count == 0) return;
        vm.prank(user);
        vault.seal{value: (16 - count) * ENTRY_FEE}();
        calls["seal"]++;
    }

    /// What a PUBLIC settlement seized, to whom D's RELEASE names.
    function collect(uint256 which, uint256 slot) external {
        if (_lots.length == 0) return;
        uint256 n = _lots[which % _lots.length];
        slot %= 3;
        RecoveryVault.LockRef memory ref = RecoveryVault.LockRef(vault, D_EID, address(engine), n + 1);
        uint64 taken = vault.payoutTaken(domain, n + 1, uint8(slot));
        try recovery.collect(ref, uint8(slot)) {
            publiclySeized[slot] -= vault.payoutTaken(domain, n + 1, uint8(slot)) - taken;
            calls["collect"]++;
        } catch {}
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

    function _isMoody(uint256 slot) private view returns (bool) {
        return slot == 1 && moody.mood() != MoodyToken.Mood.Honest;
    }
}
