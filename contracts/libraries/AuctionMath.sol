// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title How a claim is sized and how its seizure prices fall (LIQ-3, LIQ-4)
library AuctionMath {
    uint256 internal constant BPS = 10_000;

    /// @notice X = min(debt, cap, max(G, debt·G/ΣG)); weights M if ΣG = 0; the last lock takes all that is left, up to its cap. µUSD.
    /// @param weight G of this lock, or M when every G is 0. @param weightSum of the account's locks, this one included.
    function claim(
        uint256 debtValue,
        uint64 cap,
        uint64 guarantee,
        uint256 weight,
        uint256 weightSum,
        bool last
    ) internal pure returns (uint64) {
        uint256 x = debtValue;
        if (!last) {
            uint256 share = Math.mulDiv(debtValue, weight, weightSum);
            x = Math.min(debtValue, Math.max(guarantee, share));
        }
        return uint64(Math.min(x, cap));
    }

    /// @notice The claim of a purchase and what of it repays debt: the rest, a part `feeBps` of 10⁴ of what is repaid, is the insurance fund's. There is no fee where the
    /// guarantee would not pay it: the debt comes first. µUSD.
    function claimWithFee(
        uint256 debtValue,
        uint256 feeBps,
        uint64 cap,
        uint64 guarantee,
        uint256 weight,
        uint256 weightSum,
        bool last
    ) internal pure returns (uint64 x, uint256 repaid) {
        if (feeBps != 0) {
            uint256 withFee = Math.ceilDiv(debtValue * (BPS + feeBps), BPS);
            x = claim(withFee, cap, guarantee, weight, weightSum, last);
            // Late: X is beyond the guarantee.
            if (x <= guarantee) return (x, x == withFee ? debtValue : Math.ceilDiv(uint256(x) * BPS, BPS + feeBps));
        }
        x = claim(debtValue, cap, guarantee, weight, weightSum, last);
        return (x, x);
    }

    /// @notice s_i = ⌈p_i·k_i⌉, k falling in a straight line from 1 − minBonus to h_i over `duration`, and staying there.
    /// @param haircutFactor h_i in 10⁴, ≤ startBps (RiskSet refuses more). @param startBps 10⁴ − minBonus.
    /// @dev p < 2^96 and k ≤ 1 keep s below 2^96.
    function seizurePrice(
        uint256 priceX64,
        uint256 haircutFactor,
        uint256 startBps,
        uint256 elapsed,
        uint256 duration
    ) internal pure returns (uint96) {
        if (elapsed > duration) elapsed = duration;
        uint256 k = startBps * duration - (startBps - haircutFactor) * elapsed; // in 1 / (10⁴·duration)
        return uint96(Math.ceilDiv(priceX64 * k, BPS * duration));
    }

    /// @notice All eight. Slots not relied on: nothing while the guarantee pays the claim, else haircut value from the start (LIQ-4).
    function seizurePrices(
        uint256[8] memory pricesX64,
        uint256[8] memory haircutFactors,
        uint8 reliedOn,
        bool beyondGuarantee,
        uint256 startBps,
        uint256 elapsed,
        uint256 duration
    ) internal pure returns (uint96[8] memory s) {
        for (uint256 i; i < 8; ++i) {
            if ((reliedOn >> i) & 1 == 1) {
                s[i] = seizurePrice(pricesX64[i], haircutFactors[i], startBps, elapsed, duration);
            } else if (beyondGuarantee) {
                s[i] = uint96(Math.ceilDiv(pricesX64[i] * haircutFactors[i], BPS));
            }
        }
    }
}
