// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICreditPool} from "../interfaces/ICreditPool.sol";
import {ICrossMargin} from "../interfaces/ICrossMargin.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";

/// @title Cross margin: an account may owe up to four pools, its requirements are summed
/// @dev To the engine it is one module whose debt is in µUSD; to its pools it is the engine. Whatever comes off the debt, by purchase, takeover or provision, comes off every pool's
/// part alike, rounded up, so that no pool is left with what another got out of. It holds no tokens: pools pull from who pays.
/// Debts are valued at live prices. A feed that dies is stood in for by the last price noted here, for a day, in what is owed; never in a requirement: nobody borrows or is flagged on it.
contract CrossMargin is ICrossMargin {
    uint256 private constant MAX_POOLS = 4;
    uint256 private constant X64 = 1 << 64;
    uint256 private constant STAND_IN_SECONDS = 1 days;

    /// One word.
    struct NotedPrice {
        uint192 priceX64;
        uint64 notedAt; // seconds
    }

    /// @inheritdoc ICrossMargin
    address public immutable engine;
    address private immutable _deployer;
    /// @inheritdoc ICrossMargin
    bytes32 public market;
    ICreditPool[] private _pools;
    mapping(address pool => uint128) private _minDebts;
    mapping(address pool => NotedPrice) private _noted;
    /// What a claim that was taken over paid off, µUSD.
    mapping(bytes32 lockKey => uint256) private _owed;

    modifier onlyEngine() {
        if (msg.sender != engine) revert NotEngine(msg.sender);
        _;
    }

    modifier onlyPool() {
        if (_minDebts[msg.sender] == 0) revert NotPool(msg.sender);
        _;
    }

    constructor(address engine_) {
        engine = engine_;
        _deployer = msg.sender;
    }

    /// @inheritdoc ICrossMargin
    function addPool(ICreditPool pool, uint128 minDebt) external {
        if (msg.sender != _deployer) revert NotDeployer(msg.sender);
        if (market != 0) revert AlreadyBound(market);
        if (_pools.length == MAX_POOLS) revert TooManyPools();
        if (pool.engine() != address(this) || _minDebts[address(pool)] != 0 || minDebt == 0)
            revert BadPool(address(pool));
        _pools.push(pool);
        _minDebts[address(pool)] = minDebt;
        emit PoolAdded(address(pool), minDebt);
    }

    /// @inheritdoc IPositionModule
    /// @dev `minDebt`: µUSD, as the market has it; no pool's own may be worth less.
    function bindMarket(bytes32 market_, uint16 maxBonusBps, uint16 bufferBps, uint128 minDebt) external onlyEngine {
        if (market != 0) revert AlreadyBound(market);
        if (_pools.length == 0) revert NotBound();
        market = market_;
        for (uint256 k; k < _pools.length; ++k) {
            ICreditPool pool = _pools[k];
            uint128 own = _minDebts[address(pool)];
            _note(pool);
            uint256 worth = _valueOf(pool, own);
            if (worth < minDebt) revert MinDebtTooLow(address(pool), worth, minDebt);
            pool.bindMarket(market_, maxBonusBps, bufferBps, own);
        }
    }

    // What pools ask.

    /// @inheritdoc ICrossMargin
    function requireInitial(bytes32 account, address caller) external view onlyPool {
        IMarginEngine(engine).requireInitial(account, caller);
    }

    /// @inheritdoc ICrossMargin
    function onRepaid(bytes32 account) external onlyPool {
        IMarginEngine(engine).onRepaid(account);
    }

    // What the engine asks.

    /// @inheritdoc IPositionModule
    function initialRequirement(bytes32 account) external view returns (uint256 sum) {
        for (uint256 k; k < _pools.length; ++k) sum += _pools[k].initialRequirement(account);
    }

    /// @inheritdoc IPositionModule
    function maintenanceRequirement(bytes32 account) external view returns (uint256 sum) {
        for (uint256 k; k < _pools.length; ++k) sum += _pools[k].maintenanceRequirement(account);
    }

    /// @inheritdoc IPositionModule
    function debtOf(bytes32 account) public view returns (uint256 microUsd) {
        (, microUsd) = _debts(account);
    }

    /// @inheritdoc IPositionModule
    function debtValue(bytes32 account) external view returns (uint256) {
        return debtOf(account);
    }

    /// @inheritdoc IPositionModule
    function debtPriceX64() external pure returns (uint256) {
        return X64;
    }

    /// @inheritdoc IPositionModule
    function borrowFor(
        bytes32 account,
        uint256 assets,
        address receiver
    ) external onlyEngine returns (uint256 requirement) {
        return _pools[0].borrowFor(account, assets, receiver);
    }

    /// @inheritdoc IPositionModule
    function closeOut(bytes32 account, uint256 debtAssets, uint256 feeAssets, address payer) external onlyEngine {
        recordPrices();
        (uint256[] memory debts, uint256 all) = _debts(account);
        for (uint256 k; k < debts.length; ++k) {
            if (debts[k] == 0) continue;
            _pools[k].closeOut(account, _slice(debts[k], debtAssets, all), _slice(debts[k], feeAssets, all), payer);
        }
    }

    /// @inheritdoc IPositionModule
    /// @dev From the first pools that have the cash and a part of the debt. Rounded down.
    function chargeFee(bytes32 account, uint256 feeAssets, address to) external onlyEngine returns (uint256 paid) {
        recordPrices();
        for (uint256 k; k < _pools.length && paid < feeAssets; ++k) {
            ICreditPool pool = _pools[k];
            if (pool.debtOf(account) == 0) continue;
            uint256 priceX64 = _priceX64(pool);
            uint256 assets = pool.chargeFee(account, Math.mulDiv(feeAssets - paid, X64, priceX64), to);
            paid += Math.mulDiv(assets, priceX64, X64);
        }
    }

    /// @inheritdoc IPositionModule
    function takeOver(
        bytes32 account,
        bytes32 lockKey,
        uint256 debtAssets,
        uint256 carriedAssets
    ) external onlyEngine returns (uint256 owed) {
        recordPrices();
        (uint256[] memory debts, uint256 all) = _debts(account);
        owed = Math.min(debtAssets, all);
        if (lockKey != 0) _owed[lockKey] = owed;
        for (uint256 k; k < debts.length; ++k) {
            if (debts[k] == 0) continue;
            uint256 slice = _slice(debts[k], owed, all);
            _pools[k].takeOver(account, lockKey, slice, Math.mulDiv(slice, carriedAssets, owed));
        }
    }

    /// @inheritdoc IPositionModule
    /// @dev Each pool gets the price's part of what the claim paid off there: no feed is asked.
    function receiveLot(bytes32 lockKey, uint256 assets, address payer) external onlyEngine {
        uint256 all = _owed[lockKey];
        if (all == 0) revert UnknownClaim(lockKey);
        delete _owed[lockKey];
        for (uint256 k; k < _pools.length; ++k) {
            (uint256 owed, , ) = _pools[k].claimOf(lockKey);
            if (owed != 0) _pools[k].receiveLot(lockKey, Math.mulDiv(owed, assets, all, Math.Rounding.Ceil), payer);
        }
    }

    /// @inheritdoc IPositionModule
    function writeDown(bytes32 lockKey) external onlyEngine {
        if (_owed[lockKey] == 0) revert UnknownClaim(lockKey);
        for (uint256 k; k < _pools.length; ++k) {
            (uint256 owed, , ) = _pools[k].claimOf(lockKey);
            if (owed != 0) _pools[k].writeDown(lockKey);
        }
    }

    /// @inheritdoc IPositionModule
    function provision(bytes32 account, uint256 shortfallAssets) external onlyEngine {
        recordPrices();
        (uint256[] memory debts, uint256 all) = _debts(account);
        for (uint256 k; k < debts.length; ++k) {
            _pools[k].provision(account, debts[k] == 0 ? 0 : _slice(debts[k], shortfallAssets, all));
        }
    }

    // Prices and parts.

    /// @inheritdoc ICrossMargin
    function recordPrices() public {
        for (uint256 k; k < _pools.length; ++k) _note(_pools[k]);
    }

    /// @inheritdoc ICrossMargin
    function pools() external view returns (ICreditPool[] memory) {
        return _pools;
    }

    /// @inheritdoc ICrossMargin
    function slices(bytes32 account, uint256 microUsd) external view returns (uint256[] memory assets) {
        uint256 all;
        (assets, all) = _debts(account);
        for (uint256 k; k < assets.length; ++k) {
            if (assets[k] != 0) assets[k] = _slice(assets[k], microUsd, all);
        }
    }

    /// @return debts by pool, token units. @return all of them, µUSD. No price is asked for where nothing is owed.
    function _debts(bytes32 account) private view returns (uint256[] memory debts, uint256 all) {
        debts = new uint256[](_pools.length);
        for (uint256 k; k < debts.length; ++k) {
            debts[k] = _pools[k].debtOf(account);
            if (debts[k] != 0) all += _valueOf(_pools[k], debts[k]);
        }
    }

    /// @dev The same part of a pool's debt as `microUsd` is of `all`, up; all of it at most.
    function _slice(uint256 debt, uint256 microUsd, uint256 all) private pure returns (uint256) {
        return microUsd >= all ? debt : Math.mulDiv(debt, microUsd, all, Math.Rounding.Ceil);
    }

    function _valueOf(ICreditPool pool, uint256 assets) private view returns (uint256) {
        return Math.mulDiv(assets, _priceX64(pool), X64, Math.Rounding.Ceil);
    }

    function _priceX64(ICreditPool pool) private view returns (uint256) {
        try pool.debtPriceX64() returns (uint256 priceX64) {
            return priceX64;
        } catch {
            NotedPrice memory noted = _noted[address(pool)];
            if (block.timestamp > noted.notedAt + STAND_IN_SECONDS) revert DebtPriceUnknown(address(pool));
            return noted.priceX64;
        }
    }

    function _note(ICreditPool pool) private {
        try pool.debtPriceX64() returns (uint256 priceX64) {
            if (_noted[address(pool)].notedAt == block.timestamp) return;
            _noted[address(pool)] = NotedPrice(uint192(priceX64), uint64(block.timestamp)); // below 2^96 (PriceBoard)
            emit PriceRecorded(address(pool), priceX64);
            // solhint-disable-next-line no-empty-blocks
        } catch {}
    }
}
