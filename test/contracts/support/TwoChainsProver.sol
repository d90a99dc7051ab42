// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {SettleOrder} from "../../../contracts/types/Types.sol";
import {TwoChainsWorld} from "./TwoChainsWorld.sol";

/// An honest prover of both chains: it knows what each lock holds, never states more, and settles by SET-1; and the judge of what must never happen.
abstract contract TwoChainsProver is TwoChainsWorld {
    uint256 internal constant MAX_LOCKS = 40;

    struct Lock {
        uint64[3] amounts;
        bytes32 account; // 0 = opens none yet
        bool opened;
        bool settled;
        uint64 sold; // claim of a purchase, µUSD
        bool soldWithinGuarantee;
        uint256 seizedLo; // PackedAmounts of what its PUBLIC settlement seized
    }

    /// Shared units of free notes, by slot.
    uint256[3] public free;
    /// Shared units that PUBLIC settlements seized.
    uint256[3] public publiclySeized;
    Lock[] internal _locks;
    /// Locks that were taken over.
    uint256[] internal _lots;
    bytes32[] internal _accounts;

    // What must never happen.
    uint256 public underpaid; // a claim within the guarantee that seized less than its worth
    uint256 public seizedTooMuch; // a settlement took more than the lock held
    uint256 public uncovered; // an account above its requirement right after it was opened, borrowed from, or lost a lock by its own will
    uint256 public worsened; // a purchase that left an account further from cover
    uint256 public spentTwice; // a second use of a nullifier went through
    uint256 public miscounted; // a takeover whose loss is not what the books say
    uint256 public movedWhilePaused; // a deposit or a loan that a guardian had stopped
    uint256 public refused; // what is never to be refused was

    mapping(bytes32 => uint256) public calls;

    // -- the prover ---------------------------------------------------------------------------------------------------

    /// The most that the lock proves at these floors, in two digits; mantissa 0 if that is less than 10 µUSD.
    function _proof(uint256 n, uint256 floor) internal view returns (IMarginTypes.MarginProof memory p) {
        uint16[4] memory fractions = [uint16(10_000), 9_000, 7_500, 5_000];
        p = proofOf(n + 1, 0, 0, fractions[floor % 4]);
        uint256[8] memory floors = engine.floors(marketId, 0, p.snapshot, p.floorBps, 0);
        uint256[8] memory h = riskSet.haircutFactors(p.riskVersion);
        uint256 value; // µUSD · 10⁴
        for (uint256 i = 0; i < 3; i++) value += ((_locks[n].amounts[i] * floors[i]) >> 64) * h[i];
        // Below the engine's minimum it proves nothing.
        uint256 m = Math.min(value / 10_000, 9_000_000e6);
        if (m >= 1e6) (p.coverageMantissa, p.coverageExponent) = _twoDigits(m);
    }

    /// @return mantissa 0 below 10
    function _twoDigits(uint256 m) internal pure returns (uint8 mantissa, uint8 exponent) {
        while (m >= 100) {
            m /= 10;
            exponent++;
        }
        if (m >= 10) mantissa = uint8(m);
    }

    function _value(IMarginTypes.MarginProof memory p) internal pure returns (uint256) {
        return uint256(p.coverageMantissa) * 10 ** p.coverageExponent;
    }

    /// SET-1, with the lock's true amounts.
    function _settle(Lock storage l, SettleOrder memory order) internal {
        ICollateralVault.SettleParams memory params = settleParams();
        uint256 worth;
        for (uint256 i = 0; i < 3; i++) worth += (uint256(l.amounts[i]) * order.seizurePricesX64[i]) >> 64;
        uint256[3] memory seized;
        if (order.claim != 0) {
            for (uint256 i = 0; i < 3; i++) {
                uint256 a = l.amounts[i];
                if (worth <= order.claim) seized[i] = a;
                else if (order.seizurePricesX64[i] != 0) seized[i] = Math.ceilDiv(a * order.claim, worth);
                if (seized[i] > a) seizedTooMuch++;
            }
            if (l.soldWithinGuarantee && !order.isPublic && worth < order.claim) underpaid++;
        }
        if (order.isPublic) params.payoutLo = seized[0] | (seized[1] << 63) | (seized[2] << 126);
        uint256 fee = order.claim > 0 && !order.isPublic ? 2 * ENTRY_FEE : ENTRY_FEE;
        params.buyerCommitment = order.claim > 0 && !order.isPublic ? 72 : 0;
        vm.prank(user);
        try vault.settle{value: fee}(order, D_EID, params, noProof()) {
            if (l.settled) spentTwice++;
            l.settled = true;
            if (order.isPublic) l.seizedLo = params.payoutLo;
            // A buyer's note is a free note as well; what is PUBLIC leaves the notes.
            for (uint256 i = 0; i < 3; i++) {
                free[i] += order.isPublic ? l.amounts[i] - seized[i] : l.amounts[i];
                if (order.isPublic) publiclySeized[i] += seized[i];
            }
            calls[order.isPublic ? bytes32("settlePublic") : bytes32("settle")]++;
        } catch {
            if (!l.settled) refused++;
        }
    }

    function _transact(uint256[3] memory w) internal {
        ICollateralVault.TransactParams memory params = emptyTransact();
        params.nullifiers = [++nullifiers, ++nullifiers];
        params.withdrawLo = w[0] | (w[1] << 63) | (w[2] << 126);
        params.recipient = payable(recipient);
        vm.prank(user);
        vault.transact{value: 2 * ENTRY_FEE}(params, noProof());
    }

    // -- judging ------------------------------------------------------------------------------------------------------

    /// The engine's own requirement against coverage by the formula of ACC-3, from scratch.
    function _judgeCover(bytes32 id, bool initial) internal {
        uint256 requirement = initial ? pool.initialRequirement(id) : pool.maintenanceRequirement(id);
        if (requirement > _coverage(id)) uncovered++;
    }

    function _coverage(bytes32 id) internal view returns (uint256 sum) {
        IMarginTypes.AccountView memory a = engine.account(id);
        uint256[8] memory live = board.livePrices(setId);
        for (uint256 i = 0; i < a.locks.length; i++) {
            IMarginTypes.Lock memory l = engine.lock(domain, a.locks[i]);
            if (block.timestamp > l.expiry) continue;
            uint256[8] memory floors = engine.floors(marketId, 0, l.snapshot, l.floorBps, 0);
            uint256 least = l.coverage;
            for (uint256 s = 0; s < 3; s++) least = Math.min(least, Math.mulDiv(l.coverage, live[s], floors[s]));
            if (least > 8) sum += least - 8;
        }
    }

    function _missing(bytes32 id) internal view returns (int256) {
        return int256(pool.maintenanceRequirement(id)) - int256(_coverage(id));
    }

    function _isLate(bytes32 id) internal view returns (bool) {
        uint256 sum;
        IMarginTypes.AccountView memory a = engine.account(id);
        for (uint256 i = 0; i < a.locks.length; i++) sum += engine.guarantee(id, a.locks[i]);
        return (pool.debtValue(id) * (10_000 + MAX_BONUS)) / 10_000 >= sum;
    }

    // -- picking ------------------------------------------------------------------------------------------------------

    function _opened(uint256 n, bytes32 id, IMarginTypes.MarginProof memory p) internal {
        (_locks[n].account, _locks[n].opened) = (id, true);
        keepOrders();
        _announced(n, p);
    }

    /// s° of the largest OPENED so far: what an escape has to state.
    function _announced(uint256 n, IMarginTypes.MarginProof memory p) internal {
        if (engine.lock(domain, n + 1).cap <= largestCap[n + 1]) return;
        largestCap[n + 1] = engine.lock(domain, n + 1).cap;
        uint256[8] memory floors = engine.floors(marketId, 0, p.snapshot, p.floorBps, 0);
        uint256[8] memory h = riskSet.haircutFactors(p.riskVersion);
        for (uint256 i = 0; i < 8; i++) openedPrices[n + 1][i] = uint96(Math.ceilDiv(floors[i] * h[i], 10_000));
    }

    function _unopened(uint256 which) internal view returns (bool, uint256) {
        for (uint256 i = 0; i < _locks.length; i++) {
            uint256 n = ((which % _locks.length) + i) % _locks.length;
            if (!_locks[n].opened && !_locks[n].settled) return (true, n);
        }
        return (false, 0);
    }

    function _open(uint256 which) internal view returns (bool, uint256) {
        for (uint256 i = 0; i < _locks.length; i++) {
            uint256 n = ((which % _locks.length) + i) % _locks.length;
            if (_locks[n].account != 0) return (true, n);
        }
        return (false, 0);
    }
}
