// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A feed that answers anything, or badly: every way in which a price board must not be misled.
contract BrokenFeed {
    enum Mode {
        Answer,
        Revert,
        Short, // two words only
        DirtyTypes, // round ids that do not fit uint80
        Bomb, // five good words, then a megabyte
        Burn // all the gas it gets
    }

    uint8 public immutable decimals;
    Mode private _mode;
    uint256[5] private _round;

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function set(uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound) external {
        _round = [roundId, uint256(answer), startedAt, updatedAt, answeredInRound];
        _mode = Mode.Answer;
    }

    function misbehave(Mode mode) external {
        _mode = mode;
    }

    function latestRoundData() external view {
        Mode mode = _mode;
        if (mode == Mode.Revert) revert("broken");
        while (mode == Mode.Burn) {}
        uint256[5] memory r = _round;
        if (mode == Mode.DirtyTypes) (r[0], r[4]) = (type(uint256).max, 1 << 255);
        uint256 size =
            mode == Mode.Short
                ? 64
                : mode == Mode.Bomb
                    ? 1 << 20
                    : 160;
        assembly {
            return(r, size)
        }
    }
}
