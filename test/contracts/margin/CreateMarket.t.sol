// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {IPositionModule} from "../../../contracts/interfaces/IPositionModule.sol";
import {BabyJubJub} from "../../../contracts/libraries/BabyJubJub.sol";
import {MarginEngine} from "../../../contracts/margin/MarginEngine.sol";
import {MarginExtension} from "../../../contracts/margin/MarginExtension.sol";
import {MarginLosses} from "../../../contracts/margin/MarginLosses.sol";
import {MarginMarkets} from "../../../contracts/margin/MarginMarkets.sol";
import {MarginStorage} from "../../../contracts/margin/MarginStorage.sol";
import {Delegating} from "../../../contracts/margin/Delegating.sol";
import {RiskSet} from "../../../contracts/risk/RiskSet.sol";
import {JubPoint} from "../../../contracts/types/Types.sol";
import {Deploy} from "../support/Deploy.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// createMarket, addSource, and the two halves of the engine
contract CreateMarketTest is MarginFixture {
    function test_createMarket_readsBack() public view {
        (IMarginTypes.MarketConfig memory c, uint256 x, uint256 y) = engine.market(marketId);
        assertEq(abi.encode(c), abi.encode(marketConfig(address(pool))));
        assertEq(marketId, keccak256(abi.encode("hypothec.market", address(engine), uint256(0))));
        assertTrue(BabyJubJub.isOnCurve(x, y));
        assertEq(pool.market(), marketId);
        assertEq(pool.minDebt(), MIN_DEBT);
        assertEq(pool.maintenanceFactorBps(), 10_600);
        assertEq(engine.sourceCount(marketId), 1);
        assertEq(engine.domainOf(REMOTE_EID, VAULT), domain);
    }

    function test_createMarket_onlyTheOwner() public {
        IMarginTypes.MarketConfig memory c = marketConfig(address(newPool()));
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, bob));
        engine.createMarket(c);
        IMarginTypes.SourceConfig memory s = sourceConfig();
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, bob));
        engine.addSource(marketId, s);
        vm.stopPrank();
    }

    function test_createMarket_eachParameter() public {
        address module = address(newPool());
        IMarginTypes.MarketConfig memory c = marketConfig(address(0x99));
        _refused(c, "module", 0x99);
        c = marketConfig(module);
        c.auctionSeconds = 0;
        _refused(c, "auctionSeconds", 0);
        c = marketConfig(module);
        c.maxProofAgeSeconds = 0;
        _refused(c, "maxProofAgeSeconds", 0);
        c = marketConfig(module);
        c.maxSnapshotAgeSeconds = 0;
        _refused(c, "maxSnapshotAgeSeconds", 0);
        c = marketConfig(module);
        c.bufferBps = 0;
        _refused(c, "bufferBps", 0);
        c = marketConfig(module);
        c.minBonusBps = MAX_BONUS + 1;
        _refused(c, "minBonusBps", MAX_BONUS + 1);
        c = marketConfig(module);
        c.maxBonusBps = 9_901;
        _refused(c, "maxBonusBps", 9_901);
        c = marketConfig(module);
        c.flagFee = MIN_DEBT / 20 + 1;
        _refused(c, "flagFee", MIN_DEBT / 20 + 1);
        c = marketConfig(module);
        c.profiles = new uint8[](0);
        _refused(c, "profiles", 0);
        c.profiles = new uint8[](17);
        _refused(c, "profiles", 17);
        c.profiles = new uint8[](2);
        c.profiles[0] = 1;
        _refused(c, "profiles", 1);
        c = marketConfig(module);
        c.trusteeKey = JubPoint(1, 1);
        vm.expectRevert(abi.encodeWithSelector(BabyJubJub.NotOnCurve.selector, 1, 1));
        engine.createMarket(c);
        c.trusteeKey = JubPoint(0, 1);
        vm.expectRevert(abi.encodeWithSelector(BabyJubJub.LowOrderPoint.selector, 0, 1));
        engine.createMarket(c);
    }

    function test_createMarket_oneModuleOneMarket() public {
        IMarginTypes.MarketConfig memory c = marketConfig(address(pool));
        vm.expectRevert(abi.encodeWithSelector(IPositionModule.AlreadyBound.selector, marketId));
        engine.createMarket(c);
    }

    function test_addSource_eachParameter() public {
        IMarginTypes.SourceConfig memory s = sourceConfig();
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownMarket.selector, bytes32("x")));
        engine.addSource("x", s);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.SourceExists.selector, marketId, domain));
        engine.addSource(marketId, s);
        s.vault = address(0);
        _refusedSource(s, "vault", 0);
        s.vault = address(1);
        s.maxRootAge = 0;
        _refusedSource(s, "maxRootAge", 0);
        s.maxRootAge = 1;
        s.setId = 0;
        _refusedSource(s, "setId", 0);
        s.setId = 2;
        _refusedSource(s, "setId", 2);
        s.setId = 1;
        s.maxCoveragePerLock = type(uint64).max;
        _refusedSource(s, "maxCoveragePerLock", type(uint64).max);
        s.maxCoveragePerLock = 1;
        s.riskSet = address(new RiskSet(address(this), MIN_BONUS - 1));
        vm.expectRevert(
            abi.encodeWithSelector(IMarginTypes.RiskSetBonusTooLow.selector, s.riskSet, MIN_BONUS - 1, MIN_BONUS)
        );
        engine.addSource(marketId, s);
    }

    function test_addSource_atMost256() public {
        IMarginTypes.SourceConfig memory s = sourceConfig();
        for (uint160 i = 1; i < 256; i++) {
            s.vault = address(i);
            assertEq(engine.addSource(marketId, s), i);
        }
        s.vault = address(256);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.TooManySources.selector, marketId));
        engine.addSource(marketId, s);
    }

    /// The count is set from outside: 2^16 − 1 markets would take hours.
    function test_createMarket_atMost65535() public {
        bytes32 slot = bytes32(uint256(1)); // beside the pending owner
        vm.store(address(engine), slot, bytes32(uint256(type(uint16).max) << 160));
        assertEq(engine.marketCount(), type(uint16).max);
        IMarginTypes.MarketConfig memory c = marketConfig(address(newPool()));
        vm.expectRevert(IMarginTypes.TooManyMarkets.selector);
        engine.createMarket(c);
    }

    /// EIP-170 and EIP-3860, with the library's runs as committed.
    function test_engine_fitsItsLimits() public view {
        assertLt(address(engine).code.length, 24_576);
        assertLt(_liquidation().code.length, 24_576);
        assertLt(_markets().code.length, 24_576);
        assertLt(_losses().code.length, 24_576);
        assertLt(Deploy.code("margin/MarginEngine").length, 49_152);
        assertLt(address(pool).code.length, 24_576);
        assertLt(address(board).code.length, 24_576);
        assertLt(address(riskSet).code.length, 24_576);
    }

    /// Called directly an extension is an empty engine that nobody owns.
    function test_extension_isInertByItself() public {
        MarginExtension direct = MarginExtension(_liquidation());
        assertEq(direct.owner(), address(0xdead));
        bytes32 id = openAccount(1, 10, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownAccount.selector, id));
        direct.flag(id);

        MarginMarkets markets = MarginMarkets(_markets());
        assertEq(markets.owner(), address(0xdead));
        IMarginTypes.MarketConfig memory c = marketConfig(address(newPool()));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        markets.createMarket(c);

        MarginLosses losses = MarginLosses(_losses());
        assertEq(losses.owner(), address(0xdead));
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownAccount.selector, id));
        losses.takeOver(id, 1);
    }

    function test_engine_refusesPartsOfAnother() public {
        MarginStorage.Wiring memory wiring;
        address foreign = Deploy.create(Deploy.code("margin/MarginLosses"), abi.encode(wiring));
        wiring.localEid = 1;
        bytes memory code = Deploy.code("margin/MarginExtension");
        vm.expectRevert(abi.encodeWithSelector(Delegating.WrongExtension.selector, foreign));
        this.create(code, abi.encode(wiring, foreign));
        vm.expectRevert(abi.encodeWithSelector(Delegating.WrongExtension.selector, address(1)));
        this.create(code, abi.encode(wiring, address(1)));
    }

    /// External, so that a revert of the constructor can be expected.
    function create(bytes memory code, bytes memory arguments) external returns (address) {
        return Deploy.create(code, arguments);
    }

    function _liquidation() private view returns (address) {
        return MarginEngine(address(engine)).extension();
    }

    function _markets() private view returns (address) {
        return MarginExtension(_liquidation()).extension();
    }

    function _losses() private view returns (address) {
        return MarginMarkets(_markets()).extension();
    }

    function test_engine_unknownCallsRevert() public {
        (bool ok, ) = address(engine).call(hex"12345678");
        assertFalse(ok);
        (ok, ) = address(engine).call{value: 1}("");
        assertFalse(ok);
    }

    function _refused(IMarginTypes.MarketConfig memory c, bytes32 name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.BadParameter.selector, name, value));
        engine.createMarket(c);
    }

    function _refusedSource(IMarginTypes.SourceConfig memory s, bytes32 name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.BadParameter.selector, name, value));
        engine.addSource(marketId, s);
    }
}
