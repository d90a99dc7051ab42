// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {SettleOrder} from "../types/Types.sol";
import {MarginStorage} from "./MarginStorage.sol";

/// @title What several parts of the engine do: retire a lock, send it home, clear a flag, cancel auctions
abstract contract Recovery is MarginStorage {
    /// @dev (domain, N) is spent for ever; the account forgets the lock. Its auction, if any, ends.
    function _retire(
        bytes32 id,
        AccountData storage a,
        MarketData storage m,
        uint256 index
    ) internal returns (SourceData storage source_, uint256 nullifier) {
        source_ = m.sources[_sourceIdAt(a, index)];
        nullifier = a.nullifiers[index];
        uint256 domain = _domain(source_);
        bytes32 key = _lockKey(domain, nullifier);
        LockData storage data = _locks[key];
        source_.exposure -= data.coverage;
        if (data.state == LOCK_IN_AUCTION) {
            delete _auctions[key];
            --a.auctions;
        }
        data.state = LOCK_RETIRED;

        // The last lock takes the free place.
        uint256 last = uint256(a.lockCount) - 1;
        uint64 lanes = a.sourceIds;
        uint64 moved = (lanes >> uint64(8 * last)) & 0xff;
        lanes &= ~(uint64(0xff) << uint64(8 * last));
        if (index != last) {
            a.nullifiers[index] = a.nullifiers[last];
            lanes = (lanes & ~(uint64(0xff) << uint64(8 * index))) | (moved << uint64(8 * index));
        }
        a.nullifiers[last] = 0;
        a.sourceIds = lanes;
        a.lockCount = uint8(last);
        emit LockRetired(id, domain, nullifier);
    }

    /// @dev Clear the flag, or cancel the auctions, if the rules say so; never reverts for want of a price.
    function _recover(bytes32 id, AccountData storage a, MarketData storage m) internal {
        if (a.flaggedAt == 0) return;
        (bool known, uint256 requirement) = _tryRequirement(id, m.module, a.auctions != 0);
        if (!known) return;
        if (requirement != 0) {
            (uint256 proven, , , ) = _coverage(_states(a, m, PriceMode.Live));
            if (requirement > proven) return;
        }
        _clear(id, a, m);
    }

    /// @dev The same where the live coverage of what the account has left is known.
    function _recover(bytes32 id, AccountData storage a, MarketData storage m, uint256 proven) internal {
        if (a.flaggedAt == 0) return;
        (bool known, uint256 requirement) = _tryRequirement(id, m.module, a.auctions != 0);
        if (known && requirement <= proven) _clear(id, a, m);
    }

    function _cancelAuction(bytes32 id, AccountData storage a, bytes32 key, uint256 nullifier) internal {
        _locks[key].state = LOCK_ACTIVE;
        delete _auctions[key];
        --a.auctions;
        emit AuctionCancelled(id, nullifier);
    }

    function _clear(bytes32 id, AccountData storage a, MarketData storage m) internal {
        uint256 count = a.auctions == 0 ? 0 : a.lockCount;
        for (uint256 i; i < count; ++i) {
            uint256 nullifier = a.nullifiers[i];
            bytes32 key = _lockKey(_domain(m.sources[_sourceIdAt(a, i)]), nullifier);
            if (_locks[key].state == LOCK_IN_AUCTION) _cancelAuction(id, a, key, nullifier);
        }
        a.flaggedAt = 0;
        a.clearedAt = uint40(block.timestamp);
        emit FlagCleared(id);
    }

    /// @return known whether the module can say; it cannot without a price of the debt.
    function _tryRequirement(
        bytes32 id,
        address module,
        bool initial
    ) internal view returns (bool known, uint256 requirement) {
        if (initial) {
            try IPositionModule(module).initialRequirement(id) returns (uint256 r) {
                return (true, r);
            } catch {}
        } else {
            try IPositionModule(module).maintenanceRequirement(id) returns (uint256 r) {
                return (true, r);
            } catch {}
        }
    }

    /// @dev A SETTLE with claim 0: everything goes back to the owner.
    function _sendHome(SourceData storage source_, uint256 nullifier) internal {
        SettleOrder memory order;
        order.vault = source_.vault;
        order.engine = address(this);
        order.lockNullifier = nullifier;
        orderQueue.settle(source_.eid, order);
    }
}
