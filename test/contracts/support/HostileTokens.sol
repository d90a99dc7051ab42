// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {TestToken} from "./TestToken.sol";

/// Keeps 1% of every transfer for itself.
contract FeeOnTransferToken is TestToken("Fee", "FEE", 18) {
    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0) || to == address(0)) return super._update(from, to, value);
        uint256 fee = value / 100;
        super._update(from, address(this), fee);
        super._update(from, to, value - fee);
    }
}

/// Says it moved the money, and did not.
contract LyingToken is TestToken("Lie", "LIE", 6) {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return true;
    }
}

/// Answers false instead of reverting, always.
contract FalseToken is TestToken("False", "FALSE", 6) {
    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return false;
    }

    function transfer(address, uint256) public pure override returns (bool) {
        return false;
    }
}

/// Moves to and from everyone but the blocked.
contract BlocklistToken is TestToken("Block", "BLOCK", 6) {
    error Blocked(address who);

    mapping(address who => bool) public isBlocked;

    function setBlocked(address who, bool blocked) external {
        isBlocked[who] = blocked;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (isBlocked[from]) revert Blocked(from);
        if (isBlocked[to]) revert Blocked(to);
        super._update(from, to, value);
    }
}

/// Calls a target back in the middle of every transfer, as ERC-777 hooks do, and passes on what it reverts with.
contract ReentrantToken is TestToken("Reenter", "RE", 18) {
    address private _target;
    bytes private _call;

    function callBack(address target, bytes calldata call) external {
        _target = target;
        _call = call;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (_target == address(0) || from == address(0)) return;
        (bool ok, bytes memory answer) = _target.call(_call);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}

/// Returns nothing from transfer and transferFrom, like USDT.
contract NoReturnToken {
    uint8 public constant decimals = 6;
    mapping(address who => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// Balances are shares of a supply that changes by itself, up or down, like a staking or an elastic token's. All of it for everyone, at once.
contract RebasingToken is TestToken("Rebase", "REB", 18) {
    uint256 private _factor = 1e18;

    /// @param factor balances by what was minted and moved, of 10^18
    function rebase(uint256 factor) external {
        _factor = factor;
    }

    function balanceOf(address who) public view override returns (uint256) {
        return (super.balanceOf(who) * _factor) / 1e18;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, (value * 1e18) / _factor);
    }
}

/// Moves nothing while paused.
contract PausableToken is TestToken("Pause", "PAUSE", 6) {
    error Paused();

    bool public isPaused;

    function setPaused(bool paused) external {
        isPaused = paused;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (isPaused) revert Paused();
        super._update(from, to, value);
    }
}

/// Takes a fee from the sender, beyond the amount: the receiver sees nothing of it.
contract SenderFeeToken is TestToken("Sender fee", "SFEE", 18) {
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(from, address(this), value / 100);
    }
}

/// Honest until its owner upgrades it: then it says of everyone what balance it likes, moves what it likes, and has other decimals.
contract UpgradeableToken is TestToken("Upgrade", "UP", 6) {
    bool public isEvil;
    uint256 private _fake;

    function upgrade() external {
        isEvil = true;
    }

    function decimals() public view override returns (uint8) {
        return isEvil ? 0 : super.decimals();
    }

    function balanceOf(address who) public view override returns (uint256) {
        return isEvil ? super.balanceOf(who) + _fake : super.balanceOf(who);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        if (!isEvil) return super.transferFrom(from, to, value);
        _fake += value; // "received"
        return true;
    }
}

/// In a mood that anybody sets: it moves nothing, keeps a part, says that it moved and did not, or calls back in the middle of a transfer.
contract MoodyToken is TestToken("Moody", "MOOD", 8) {
    enum Mood {
        Honest,
        Paused,
        Greedy,
        Lying,
        Nosy
    }

    error Paused();

    Mood public mood;
    ICollateralVault private immutable _vault;

    constructor(ICollateralVault vault) {
        _vault = vault;
    }

    function set(Mood mood_) external {
        mood = mood_;
    }

    function _update(address from, address to, uint256 value) internal override {
        bool moves = from != address(0) && to != address(0);
        if (!moves || mood == Mood.Honest) return super._update(from, to, value);
        if (mood == Mood.Paused) revert Paused();
        if (mood == Mood.Lying) return;
        if (mood == Mood.Greedy) {
            super._update(from, address(this), value / 100);
            value -= value / 100;
        }
        // solhint-disable-next-line no-empty-blocks
        if (mood == Mood.Nosy) try _vault.claimDelayed(0, 0) {} catch {}
        super._update(from, to, value);
    }
}
