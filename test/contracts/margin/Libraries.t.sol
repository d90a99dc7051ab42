// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {AuctionMath} from "../../../contracts/libraries/AuctionMath.sol";
import {BabyJubJub} from "../../../contracts/libraries/BabyJubJub.sol";
import {CodeStore} from "../../../contracts/libraries/CodeStore.sol";
import {Coverage} from "../../../contracts/libraries/Coverage.sol";
import {DomainLib} from "../../../contracts/libraries/DomainLib.sol";
import {FloorMath} from "../../../contracts/libraries/FloorMath.sol";
import {SnapshotLib} from "../../../contracts/libraries/SnapshotLib.sol";
import {JubPoint} from "../../../contracts/types/Types.sol";

/// Pure parts against other ways to compute them.
contract MarginLibrariesTest is Test {
    uint256 private constant Q = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    // Coverage.

    /// G = M·min(1, p/f) − 8 by comparing products, never dividing but once.
    function testFuzz_guarantee_formula(
        uint64 m,
        uint96[8] calldata floorsX64,
        uint96[8] calldata pricesX64,
        uint8 mask
    ) public pure {
        uint256[8] memory f;
        uint256[8] memory p;
        uint256 worst = type(uint256).max;
        uint8 expectedMissing;
        for (uint256 i; i < 8; ++i) {
            f[i] = uint256(floorsX64[i]) + 1;
            p[i] = pricesX64[i];
            if ((mask >> i) & 1 == 0) continue;
            if (p[i] == 0) expectedMissing |= uint8(1 << i);
            else if (worst == type(uint256).max || p[i] * f[worst] < p[worst] * f[i]) worst = i;
        }
        (uint64 g, uint8 missing) = Coverage.guarantee(m, f, mask, p);
        assertEq(missing, expectedMissing);
        uint256 whole = worst == type(uint256).max || p[worst] >= f[worst] ? m : (uint256(m) * p[worst]) / f[worst];
        assertEq(g, whole > 8 ? whole - 8 : 0);
    }

    // FloorMath.

    function testFuzz_coverage_twoDigits(uint8 mantissa, uint8 exponent) public pure {
        (bool ok, uint64 value) = FloorMath.coverage(mantissa, exponent);
        // 10^19 < 2^64 < 2·10^19: at exponent 18, up to 18·10^18.
        bool expected = mantissa >= 10 && mantissa <= 99 && (exponent < 18 || (exponent == 18 && mantissa <= 18));
        assertEq(ok, expected);
        if (!ok) return;
        uint256 power = 1;
        for (uint256 i; i < exponent; ++i) power *= 10;
        assertEq(value / power, mantissa);
        assertEq(value % power, 0);
    }

    function test_isFraction() public pure {
        uint256 count;
        for (uint256 bps; bps <= type(uint16).max; ++bps) {
            if (FloorMath.isFraction(uint16(bps))) ++count;
        }
        assertEq(count, 4);
        assertTrue(FloorMath.isFraction(10_000) && FloorMath.isFraction(9_000));
        assertTrue(FloorMath.isFraction(7_500) && FloorMath.isFraction(5_000));
    }

    function testFuzz_floorsOf_areTheFloorsOfTheUnpackedSnapshot(
        uint96[8] calldata prices,
        uint8 mask,
        uint8 fraction
    ) public pure {
        uint16 bps = [uint16(10_000), 9_000, 7_500, 5_000][fraction % 4];
        uint256[8] memory wide;
        for (uint256 i; i < 8; ++i) wide[i] = i == fraction % 8 ? 0 : prices[i];
        (uint256 word0, uint256 word1) = SnapshotLib.pack(wide, 1);
        (uint256[8] memory stored, ) = SnapshotLib.unpack(word0, word1);
        uint256[8] memory expected = FloorMath.floors(stored, mask, bps);

        uint256[8] memory got;
        uint8 missing = FloorMath.floorsOf(word0, word1, mask, bps, got);
        for (uint256 i; i < 8; ++i) {
            assertEq(got[i], expected[i]);
            assertEq((missing >> i) & 1 == 1, (mask >> i) & 1 == 1 && expected[i] == 0);
            assertEq(SnapshotLib.priceAt(word0, word1, i), stored[i]);
        }
    }

    function testFuzz_openedPricesHash_isOfEightPackedPrices(uint96[8] calldata f, uint16[8] calldata h) public pure {
        uint96[8] memory s;
        uint256[8] memory floorsX64;
        uint256 haircutsPacked;
        for (uint256 i; i < 8; ++i) {
            uint256 factor = h[i] % 10_001;
            floorsX64[i] = f[i];
            haircutsPacked |= factor << (16 * i);
            s[i] = uint96((uint256(f[i]) * factor + 9_999) / 10_000);
        }
        assertEq(FloorMath.openedPricesHash(floorsX64, haircutsPacked), keccak256(abi.encode(s)));
    }

    // DomainLib.

    /// ACC-2
    function testFuzz_domain_isTheEncodings(
        uint32 srcEid,
        address vault,
        uint32 marginEid,
        address engine
    ) public pure {
        bytes memory text = abi.encode("hypothec.domain", srcEid, vault, marginEid, engine);
        assertEq(DomainLib.compute(srcEid, vault, marginEid, engine), uint256(keccak256(text)) >> 8);
        assertEq(keccak256(text), keccak256(abi.encode("hypothec.domain", srcEid, vault, marginEid, engine)));
    }

    // CodeStore.

    function testFuzz_codeStore_givesBackTheWords(uint256[] memory words, uint8 extra) public {
        uint256 length = words.length > 767 ? 767 : words.length;
        assembly {
            mstore(words, length)
        }
        address store = CodeStore.write(abi.encodePacked(words));
        assertEq(store.code.length, 32 * length + 1);
        assertEq(uint8(store.code[0]), 0); // STOP
        (bool ok, bytes memory answer) = store.call(abi.encodePacked(words));
        assertTrue(ok);
        assertEq(answer.length, 0);
        uint256[] memory got = CodeStore.read(store, length + extra);
        assertEq(got.length, length + extra);
        for (uint256 i; i < got.length; ++i) assertEq(got[i], i < length ? words[i] : 0);
    }

    function test_codeStore_rejectsMoreThanACodeHolds() public {
        vm.expectRevert(abi.encodeWithSelector(CodeStore.StoreFailed.selector, 768));
        this.store(new bytes(32 * 768));
    }

    function store(bytes memory data) external returns (address) {
        return CodeStore.write(data);
    }

    // AuctionMath.

    function testFuzz_claim_bounds(uint64 debt, uint64 cap, uint64 g, uint64 others) public pure {
        uint256 sum = uint256(g) + others;
        vm.assume(sum > 0);
        uint64 x = AuctionMath.claim(debt, cap, g, g, sum, false);
        assertLe(x, debt);
        assertLe(x, cap);
        // Its whole guarantee, or its share once debt exceeds the sum.
        if (debt <= sum) assertEq(x, _min(_min(debt, g), cap));
        else assertEq(x, _min((uint256(debt) * g) / sum, cap));
        assertEq(AuctionMath.claim(debt, cap, g, 0, 0, true), _min(debt, cap));
    }

    function testFuzz_seizurePrice_monotoneBetweenItsEnds(
        uint96 price,
        uint16 h,
        uint32 t1,
        uint32 t2,
        uint32 duration
    ) public pure {
        h = uint16(bound(h, 0, 9800));
        duration = uint32(bound(duration, 1, type(uint32).max));
        if (t1 > t2) (t1, t2) = (t2, t1);
        uint96 s1 = AuctionMath.seizurePrice(price, h, 9800, t1, duration);
        uint96 s2 = AuctionMath.seizurePrice(price, h, 9800, t2, duration);
        assertGe(s1, s2);
        assertLe(s1, (uint256(price) * 9800 + 9999) / 10_000);
        assertGe(uint256(s2) * 10_000, uint256(price) * h);
        assertEq(AuctionMath.seizurePrice(price, h, 9800, duration, duration), (uint256(price) * h + 9999) / 10_000);
    }

    // BabyJubJub.

    /// The order of Base8 is l: l·Base8 = identity, by the plain affine addition law.
    function test_key_hasPrimeOrder() public view {
        JubPoint memory k = this.key(
            JubPoint(
                995203441582195749578291179787384436505546430278305826713579947235728471134,
                5472060717959818805561601436314318772137091100104008585924551046643952123905
            )
        );
        // 8·G = Base8 (ERC-2494).
        assertEq(k.x, 5299619240641551281634865583518297030282874472190772894086521144482721001553);
        assertEq(k.y, 16950150798460657717958625567821834550301663161624707787222815936182638968203);
        uint256 l = 2736030358979909402780800718157159386076813972158567259200215660948447373041;
        (uint256 x, uint256 y) = (0, 1);
        for (uint256 i = 252; i > 0; --i) {
            (x, y) = _add(x, y, x, y);
            if ((l >> (i - 1)) & 1 == 1) (x, y) = _add(x, y, k.x, k.y);
        }
        assertEq(x, 0);
        assertEq(y, 1);
    }

    /// 8R by three affine additions, for multiples of a generator of the whole curve.
    function testFuzz_key_isEightTimes(uint16 n) public {
        (uint256 gx, uint256 gy) = (
            995203441582195749578291179787384436505546430278305826713579947235728471134,
            5472060717959818805561601436314318772137091100104008585924551046643952123905
        );
        (uint256 x, uint256 y) = (0, 1);
        for (uint256 i = 16; i > 0; --i) {
            (x, y) = _add(x, y, x, y);
            if ((n >> (i - 1)) & 1 == 1) (x, y) = _add(x, y, gx, gy);
        }
        (uint256 ex, uint256 ey) = (x, y);
        for (uint256 i; i < 3; ++i) (ex, ey) = _add(ex, ey, ex, ey);
        if (ex == 0 && ey == 1) {
            vm.expectRevert(abi.encodeWithSelector(BabyJubJub.LowOrderPoint.selector, x, y));
            this.key(JubPoint(x, y));
            return;
        }
        JubPoint memory k = this.key(JubPoint(x, y));
        assertEq(k.x, ex);
        assertEq(k.y, ey);
        assertTrue(BabyJubJub.isOnCurve(ex, ey));
    }

    function test_key_lowOrderAndOffCurve() public {
        uint256[2][2] memory low = [[uint256(0), 1], [uint256(0), Q - 1]]; // orders 1 and 2
        for (uint256 i; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(BabyJubJub.LowOrderPoint.selector, low[i][0], low[i][1]));
            this.key(JubPoint(low[i][0], low[i][1]));
        }
        vm.expectRevert(abi.encodeWithSelector(BabyJubJub.NotOnCurve.selector, 0, 0));
        this.key(JubPoint(0, 0));
        // Canonical coordinates only.
        vm.expectRevert(abi.encodeWithSelector(BabyJubJub.NotOnCurve.selector, 0, Q + 1));
        this.key(JubPoint(0, Q + 1));
    }

    function key(JubPoint memory r) external view returns (JubPoint memory) {
        return BabyJubJub.key(r);
    }

    function _add(uint256 x1, uint256 y1, uint256 x2, uint256 y2) private view returns (uint256, uint256) {
        uint256 dxy = mulmod(168696, mulmod(mulmod(x1, x2, Q), mulmod(y1, y2, Q), Q), Q);
        uint256 x = addmod(mulmod(x1, y2, Q), mulmod(y1, x2, Q), Q);
        uint256 y = addmod(mulmod(y1, y2, Q), Q - mulmod(168700, mulmod(x1, x2, Q), Q), Q);
        return (mulmod(x, _inverse(addmod(1, dxy, Q)), Q), mulmod(y, _inverse(addmod(1, Q - dxy, Q)), Q));
    }

    function _inverse(uint256 a) private view returns (uint256) {
        (, bytes memory out) = address(5).staticcall(abi.encode(32, 32, 32, a, Q - 2, Q));
        return abi.decode(out, (uint256));
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
