// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IAggregatorV3} from "../../../contracts/interfaces/IAggregatorV3.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {PriceBoard} from "../../../contracts/risk/PriceBoard.sol";
import {VaultShareFeed} from "../../../contracts/risk/feeds/VaultShareFeed.sol";
import {Deploy} from "../support/Deploy.sol";
import {DerivedFeedTest} from "../support/DerivedFeedTest.sol";

/// A test double for a vault with a great many markets: one asset a share, said after a given amount of work.
contract SlowVault {
    address public immutable asset;
    uint256 public work;

    constructor(address asset_) {
        asset = asset_;
    }

    function setWork(uint256 gas_) external {
        work = gas_;
    }

    function decimals() external pure returns (uint8) {
        return 18;
    }

    function convertToAssets(uint256 shares) external view returns (uint256) {
        uint256 start = gasleft();
        uint256 needed = work;
        while (start - gasleft() < needed) {} // runs out, as any work does, when it was given less
        return shares;
    }
}

/// What a source gets to spend, and what can be made of it.
contract SourceReaderTest is DerivedFeedTest {
    SlowVault private vault;
    IAggregatorV3 private shares;

    function setUp() public {
        vm.warp(START);
        IAggregatorV3 asset = IAggregatorV3(address(newFeed(18, 1e18)));
        vault = new SlowVault(address(asset)); // a feed has decimals too
        shares = deployFeed(
            "VaultShareFeed",
            abi.encode(VaultShareFeed.Config(IERC4626(address(vault)), address(asset), 100, 1 days, 1e18))
        );
    }

    function test_words_sourceGetsHalfAMillionGas() public {
        vault.setWork(490_000);
        assertPrice(shares, 1e18);
        vault.setWork(500_000);
        assertNone(shares);
        uint256 before = gasleft();
        shares.latestRoundData();
        assertLt(before - gasleft(), 520_000);
    }

    /// A caller who brings too little gas for a source must not have enough left to store that it has no price: as dear as a source may be, alone and
    /// two feeds deep, in the set whose snapshot is cheapest to store (no other slot, the counter's word written to before). Every limit from nothing to enough.
    function test_takeSnapshot_tooLittleGasStoresNoMissingPrice() public {
        vault.setWork(480_000);
        _sweep(shares);
        vault.setWork(440_000); // the outer feed's share must do for all
        _sweep(deployFeed("DeviationFeed", abi.encode(shares, newFeed(18, 1e18), uint256(1 hours), uint256(100))));
    }

    function _sweep(IAggregatorV3 feed) private {
        PriceBoard prices = Deploy.priceBoard(address(this));
        IPriceBoard.FeedConfig[8] memory feeds;
        feeds[7] = IPriceBoard.FeedConfig(address(feed), 8, 1 hours, 1, type(uint128).max); // the last: nothing dear comes after it
        uint32 id = prices.addSet(feeds);
        prices.takeSnapshot(id);
        uint256 stored;
        for (uint256 limit = 20_000; limit < 700_000; limit += 400) {
            try prices.takeSnapshot{gas: limit}(id) returns (uint32 snapshot) {
                (uint256[8] memory pricesX64, ) = prices.snapshotPrices(id, snapshot);
                assertGt(pricesX64[7], 0);
                ++stored;
            } catch {}
        }
        assertGt(stored, 0);
        assertLt(stored, (700_000 - 20_000) / 400);
    }
}
