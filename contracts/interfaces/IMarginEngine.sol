// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "./IMarginAccounts.sol";
import {IMarginHoldings} from "./IMarginHoldings.sol";
import {IMarginLiquidation} from "./IMarginLiquidation.sol";
import {IMarginLosses} from "./IMarginLosses.sol";
import {IMarginMarkets} from "./IMarginMarkets.sol";

/// @title Accounts, locks, live coverage, liquidation (rules.md ACC, LIQ)
/// @notice A lock is a note on a vault chain that only this engine's orders can move. Its owner shows by a margin proof that it covers at least M µUSD at
/// named floors; the engine scales M down with prices (λ) and lends against the sum over an account's locks. It never learns what a lock holds.
/// @dev Coverage M, guarantee G, claim X, cap, requirement: µUSD. Prices: µUSD per shared unit · 2^64, 0 = no valid price. Bps of 10⁴.
/// Never blocked by a price, a risk set or a pause: `release`, `releaseUnused`, and repaying at the module.
/// One address answers all of it; its code is in four contracts (margin/MarginEngine.sol says how).
interface IMarginEngine is IMarginAccounts, IMarginHoldings, IMarginLiquidation, IMarginLosses, IMarginMarkets {}
