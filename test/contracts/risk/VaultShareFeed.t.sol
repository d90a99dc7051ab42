// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {DerivedFeed} from "../../../contracts/risk/feeds/DerivedFeed.sol";
import {VaultShareFeed} from "../../../contracts/risk/feeds/VaultShareFeed.sol";
import {BrokenFeed} from "../support/BrokenFeed.sol";
import {DerivedFeedTest} from "../support/DerivedFeedTest.sol";
import {Parrot} from "../support/Parrot.sol";
import {TestToken} from "../support/TestToken.sol";

/// OpenZeppelin's vault as it is: whoever sends it assets raises the rate.
contract DonatableVault is ERC4626 {
    constructor(TestToken asset_) ERC20("Vault", "V") ERC4626(asset_) {}
}

contract VaultShareFeedTest is DerivedFeedTest {
    uint256 private constant YEAR = 365 days;
    uint256 private constant GROWTH = 1_000; // 10% a year
    uint256 private constant DELAY = 7 days;

    TestToken private usdc;
    DonatableVault private vault;
    Parrot private parrot; // a vault that says anything
    BrokenFeed private assetFeed;
    VaultShareFeed private feed;

    function setUp() public {
        vm.warp(START);
        usdc = new TestToken("USD Coin", "USDC", 6);
        vault = new DonatableVault(usdc);
        usdc.mint(address(this), 1_000_000e6);
        usdc.approve(address(vault), type(uint256).max);
        vault.deposit(1_000_000e6, address(this));
        assetFeed = newFeed(8, 1e8);
        feed = _deploy(_config(address(vault)));
        parrot = _parrot(18, 18);
    }

    function test_latestRoundData_rateTimesAsset() public {
        logGas("VaultShareFeed (on OpenZeppelin's ERC4626)", feed);
        assertPrice(feed, 1e8);
        assertEq(feed.decimals(), 8);
        assetFeed.set(7, 0.99e8, START, START - 5, 7);
        (uint256 price, uint256 time) = answerOf(feed);
        assertEq(price, 0.99e8);
        assertEq(time, START - 5);
    }

    /// Rate by long division, cap by a sum of years and the rest of one.
    function testFuzz_latestRoundData_rateUpToTheCap(uint256 rate, uint256 elapsed, uint128 price) public {
        rate = bound(rate, 0, 2e18);
        elapsed = bound(elapsed, 0, 20 * YEAR);
        price = uint128(bound(price, 1, type(uint128).max));
        _setRate(1e18);
        feed = _deploy(_config(address(parrot)));
        vm.warp(START + elapsed);
        _setRate(rate);
        setFeed(assetFeed, int256(uint256(price)));
        // 10% of 1e18 a year.
        uint256 cap = 1e18 + (elapsed / YEAR) * 1e17 + ((elapsed % YEAR) * 1e17) / YEAR;
        uint256 believed = rate < cap ? rate : cap;
        (uint256 whole, uint256 rest) = (uint256(price) / 1e18, uint256(price) % 1e18);
        assertPrice(feed, whole * believed + (rest * believed) / 1e18);
    }

    /// One share is worth 1.25 assets, whatever either has of decimals.
    function testFuzz_latestRoundData_everyDecimals(
        uint8 shareDecimals,
        uint8 assetDecimals,
        uint8 feedDecimals
    ) public {
        shareDecimals = uint8(bound(shareDecimals, 0, 36));
        assetDecimals = uint8(bound(assetDecimals, 0, 36));
        feedDecimals = uint8(bound(feedDecimals, 2, 36));
        uint256 digits = assetDecimals > 18 ? assetDecimals : 18;
        parrot = _parrot(shareDecimals, assetDecimals);
        _setRate(10 ** digits + 10 ** digits / 4);
        assetFeed = newFeed(feedDecimals, int256(10 ** uint256(feedDecimals)));
        // The shares it asks for: one whole, and as many digits more as the asset has too few.
        uint256 sample = 10 ** (shareDecimals + digits - assetDecimals);
        VaultShareFeed.Config memory config = _config(address(parrot));
        config.maxInitialRate = type(uint128).max;
        vm.expectCall(address(parrot), abi.encodeCall(IERC4626.convertToAssets, (sample)));
        feed = _deploy(config);
        assertPrice(feed, (10 ** uint256(feedDecimals) * 125) / 100);
        assertEq(feed.decimals(), feedDecimals);
    }

    /// Ten times the vault's assets, lent for one transaction, sent to it: the answer rises to the cap and no further.
    function test_latestRoundData_donationUpToTheCap() public {
        usdc.mint(address(vault), 10_000_000e6);
        assertApproxEqAbs(vault.convertToAssets(1e6), 11e6, 1);
        assertPrice(feed, 1e8);
        vm.warp(START + 36.5 days);
        setFeed(assetFeed, 1e8);
        assertPrice(feed, 1.01e8);
        (uint256 rate, uint256 cap) = feed.rates();
        assertApproxEqAbs(rate, 11e18, 1e12);
        assertEq(cap, 1.01e18);
    }

    function test_latestRoundData_lossAtOnce() public {
        vm.prank(address(vault));
        usdc.transfer(address(1), 250_000e6);
        assertApproxEqAbs(_price(), 0.75e8, 100);
    }

    function test_latestRoundData_uselessRates() public {
        _setRate(1e18);
        feed = _deploy(_config(address(parrot)));
        _setRate(0);
        assertNone(feed);
        _setRate(1 << 128);
        assertNone(feed);
        _setRate(type(uint256).max);
        assertNone(feed);
        _setRate((1 << 128) - 1);
        assertPrice(feed, 1e8);
    }

    function test_observe_tightensTheCap() public {
        // The vault earns 2% in half a year, of the 5% that would be believed.
        vm.warp(START + YEAR / 2);
        usdc.mint(address(vault), 20_000e6);
        feed.observe();
        _assertAnchor(START, 1e18); // the deployment's own observation: nothing was younger
        vm.warp(START + YEAR / 2 + DELAY);
        feed.observe();
        (uint256 rate, uint256 cap) = feed.rates();
        assertApproxEqAbs(rate, 1.02e18, 1e12);
        assertEq(cap, rate + (rate * GROWTH * DELAY) / (10_000 * YEAR));
    }

    /// Somebody empties the vault while he observes, and puts it back: that observation never becomes the anchor.
    function test_observe_dipIsDropped() public {
        _setRate(1e18);
        feed = _deploy(_config(address(parrot)));
        vm.warp(START + DELAY);
        _setRate(0.5e18);
        feed.observe();
        _setRate(1.001e18);
        vm.warp(START + 2 * DELAY);
        setFeed(assetFeed, 1e8);
        uint256 before = _price();
        feed.observe();
        _assertAnchor(START, 1e18);
        assertEq(_price(), before);
        // An honest one was made in its place.
        vm.warp(START + 3 * DELAY);
        feed.observe();
        _assertAnchor(START + 2 * DELAY, 1.001e18);
    }

    /// A lasting loss is taken over, and what was lost cannot be donated back into the price.
    function test_observe_lossBecomesTheAnchor() public {
        _setRate(1e18);
        feed = _deploy(_config(address(parrot)));
        _setRate(0.8e18);
        vm.warp(START + DELAY);
        feed.observe();
        vm.warp(START + 2 * DELAY);
        feed.observe();
        _assertAnchor(START + DELAY, 0.8e18);
        _setRate(1e18);
        setFeed(assetFeed, 1e8);
        assertEq(_price(), (0.8e8 * (10_000 * YEAR + GROWTH * DELAY)) / (10_000 * YEAR));
    }

    function test_observe_inflatedIsCapped() public {
        _setRate(1e18);
        feed = _deploy(_config(address(parrot)));
        vm.warp(START + YEAR);
        _setRate(50e18);
        feed.observe();
        (uint128 rate, ) = feed.observed();
        assertEq(rate, 1.1e18);
        _assertAnchor(START, 1e18);
    }

    function test_observe_errors() public {
        vm.warp(START + DELAY - 1);
        vm.expectRevert(abi.encodeWithSelector(VaultShareFeed.TooEarly.selector, START + DELAY));
        feed.observe();
        vm.warp(START + DELAY);
        feed.observe();
        vm.expectRevert(abi.encodeWithSelector(VaultShareFeed.TooEarly.selector, START + 2 * DELAY));
        feed.observe();
        vm.warp(START + 2 * DELAY);
        vm.etch(address(vault), "");
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.NoAnswer.selector, bytes32("vault"), address(vault)));
        feed.observe();
    }

    /// Whatever the rate is at each observation and whenever they are made, the answer never exceeds what the first anchor becomes at
    /// the allowed growth, compounded daily; and moving the anchor never lowers the answer of that moment, nor changes an uncapped one.
    function testFuzz_observe_neverOutgrowsTheFirstAnchor(uint256[12] memory rates, uint256[12] memory waits) public {
        _setRate(1e18);
        VaultShareFeed.Config memory config = _config(address(parrot));
        config.anchorDelay = 1 days;
        feed = _deploy(config);
        uint256 time = START;
        for (uint256 i; i < rates.length; ++i) {
            time += bound(waits[i], 1 days, 60 days);
            vm.warp(time);
            setFeed(assetFeed, 1e8);
            _setRate(bound(rates[i], 0.9e18, rates[i] % 4 == 0 ? 100e18 : 1.2e18));
            uint256 before = _price();
            (uint256 rate, uint256 cap) = feed.rates();
            feed.observe();
            if (rate <= cap) assertEq(_price(), before);
            else assertGe(_price(), before);
            _setRate(100e18);
            assertLe(_price(), (_compounded(time - START) + 1e10 - 1) / 1e10);
        }
    }

    function test_board_badSourceCostsOneSlot() public {
        list(feed);
        assertEq(boardPrice(), 1e6);
        assertSurvives(address(vault), feed, 1e6);
        assertSurvives(address(assetFeed), feed, 1e6);
        setFeed(assetFeed, -1);
        assertEq(boardPrice(), 0);
        assetFeed.set(7, 1e8, START, START + 1, 7);
        assertEq(boardPrice(), 0);
        assetFeed.set(7, 1e8, START, START - 1 hours - 1, 7); // stale for the board
        assertEq(boardPrice(), 0);
        assetFeed.set(7, 1e8, START, START - 1 hours, 7);
        assertEq(boardPrice(), 1e6);
    }

    function test_constructor_badSources() public {
        VaultShareFeed.Config memory config = _config(address(1));
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.NoCode.selector, bytes32("vault"), address(1)));
        _deploy(config);
        config = _config(address(vault));
        config.assetFeed = address(1);
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.NoCode.selector, bytes32("assetFeed"), address(1)));
        _deploy(config);
        config = _config(address(_parrot(37, 18)));
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, bytes32("shareDecimals"), 37, 0, 36));
        _deploy(config);
        config = _config(address(_parrot(18, 37)));
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.OutOfRange.selector, bytes32("assetDecimals"), 37, 0, 36));
        _deploy(config);
        config = _config(address(_parrot(18, 18))); // says a rate of 0
        vm.expectRevert(abi.encodeWithSelector(DerivedFeed.NoAnswer.selector, bytes32("vault"), address(config.vault)));
        _deploy(config);
    }

    function test_constructor_badParameters() public {
        VaultShareFeed.Config memory config = _config(address(vault));
        uint256[2] memory growths = [uint256(0), 10_001];
        uint256[2] memory delays = [uint256(1 days - 1), 90 days + 1];
        for (uint256 i; i < 2; ++i) {
            config = _config(address(vault));
            config.maxGrowthBpsPerYear = growths[i];
            vm.expectRevert(
                abi.encodeWithSelector(
                    DerivedFeed.OutOfRange.selector,
                    bytes32("maxGrowthBpsPerYear"),
                    growths[i],
                    1,
                    10_000
                )
            );
            _deploy(config);
            config = _config(address(vault));
            config.anchorDelay = delays[i];
            vm.expectRevert(
                abi.encodeWithSelector(
                    DerivedFeed.OutOfRange.selector,
                    bytes32("anchorDelay"),
                    delays[i],
                    1 days,
                    90 days
                )
            );
            _deploy(config);
        }
        // Bent between the decision and the deployment.
        _setRate(1.1e18 + 1);
        config = _config(address(parrot));
        vm.expectRevert(abi.encodeWithSelector(VaultShareFeed.RateAboveMaximum.selector, 1.1e18 + 1, 1.1e18));
        _deploy(config);
    }

    function _config(address vault_) private view returns (VaultShareFeed.Config memory) {
        return VaultShareFeed.Config(IERC4626(vault_), address(assetFeed), GROWTH, DELAY, 1.1e18);
    }

    function _deploy(VaultShareFeed.Config memory config) private returns (VaultShareFeed) {
        return VaultShareFeed(address(deployFeed("VaultShareFeed", abi.encode(config))));
    }

    function _parrot(uint8 shareDecimals, uint8 assetDecimals) private returns (Parrot p) {
        p = new Parrot();
        p.teach(IERC20Metadata.decimals.selector, abi.encode(shareDecimals));
        p.teach(IERC4626.asset.selector, abi.encode(new TestToken("Asset", "A", assetDecimals)));
        p.teach(IERC4626.convertToAssets.selector, abi.encode(0));
    }

    function _setRate(uint256 rate) private {
        parrot.teach(IERC4626.convertToAssets.selector, abi.encode(rate));
    }

    function _price() private view returns (uint256 price) {
        (price, ) = answerOf(feed);
    }

    function _assertAnchor(uint256 time, uint256 rate) private view {
        (uint128 anchorRate, uint64 anchorTime) = feed.anchor();
        assertEq(anchorRate, rate);
        assertEq(anchorTime, time);
    }

    /// 1e18 · (1 + 10%/365)^days, every started day, each step up.
    function _compounded(uint256 elapsed) private pure returns (uint256 value) {
        value = 1e18;
        for (uint256 day; day * 1 days < elapsed; ++day) value += (value + 3649) / 3650;
    }
}
