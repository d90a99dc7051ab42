// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What a price feed needs of a pair that keeps x·y = k, itself the ERC-20 of its shares (Uniswap v2 and its kin)
interface IConstantProductPair {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function decimals() external view returns (uint8);
    function totalSupply() external view returns (uint256);
    /// @notice Takes the balances for reserves. Refused while the pair is in the middle of anything.
    function sync() external;
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);
}
