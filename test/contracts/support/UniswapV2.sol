// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {IConstantProductPair} from "../../../contracts/interfaces/IConstantProductPair.sol";
import {Deploy} from "./Deploy.sol";
import {TestToken} from "./TestToken.sol";

interface IUniswapV2Factory {
    function createPair(address tokenA, address tokenB) external returns (address pair);
}

interface IUniswapV2Pair is IConstantProductPair {
    function mint(address to) external returns (uint256 liquidity);
    function burn(address to) external returns (uint256 amount0, uint256 amount1);
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
    function sync() external;
    function transfer(address to, uint256 value) external returns (bool);
    function balanceOf(address owner) external view returns (uint256);
}

/// Uniswap v2's own factory and pairs, from the bytecode that its package ships.
library UniswapV2 {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function factory() internal returns (IUniswapV2Factory) {
        string memory json = vm.readFile("node_modules/@uniswap/v2-core/build/UniswapV2Factory.json");
        bytes memory code = vm.parseBytes(string.concat("0x", vm.parseJsonString(json, ".bytecode")));
        return IUniswapV2Factory(Deploy.create(code, abi.encode(address(this))));
    }

    /// Puts both tokens in and shares out, to the caller.
    function add(IUniswapV2Pair pair, uint256 amount0, uint256 amount1) internal returns (uint256 shares) {
        TestToken(pair.token0()).mint(address(pair), amount0);
        TestToken(pair.token1()).mint(address(pair), amount1);
        return pair.mint(address(this));
    }

    /// All that `amountIn` buys after the pair's 0.3%.
    function sell(IUniswapV2Pair pair, bool zeroForOne, uint256 amountIn) internal returns (uint256 amountOut) {
        (uint256 reserve0, uint256 reserve1, ) = pair.getReserves();
        (uint256 reserveIn, uint256 reserveOut) = zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0);
        amountOut = (amountIn * 997 * reserveOut) / (reserveIn * 1000 + amountIn * 997);
        TestToken(zeroForOne ? pair.token0() : pair.token1()).mint(address(pair), amountIn);
        if (amountOut != 0) pair.swap(zeroForOne ? 0 : amountOut, zeroForOne ? amountOut : 0, address(this), "");
    }
}
