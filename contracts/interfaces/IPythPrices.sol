// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What a price feed needs of Pyth's pull oracle (docs.pyth.network, EVM API reference)
interface IPythPrices {
    /// price · 10^expo ± conf · 10^expo, as of publishTime.
    struct Price {
        int64 price;
        uint64 conf;
        int32 expo;
        uint256 publishTime;
    }

    /// @notice The last price that anybody brought on chain, of whatever age. Reverts when nobody ever did.
    function getPriceUnsafe(bytes32 id) external view returns (Price memory price);
}
