// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {BabyJubJub} from "../../contracts/libraries/BabyJubJub.sol";
import {DomainLib} from "../../contracts/libraries/DomainLib.sol";
import {InputDigest} from "../../contracts/libraries/InputDigest.sol";
import {PackedAmounts} from "../../contracts/libraries/PackedAmounts.sol";
import {QueueLib} from "../../contracts/libraries/QueueLib.sol";
import {SnapshotLib} from "../../contracts/libraries/SnapshotLib.sol";
import {JubPoint} from "../../contracts/types/Types.sol";

/// The libraries against test/vectors, which circuits and SDK are held to as well.
contract VectorsTest is Test {
    function _read(string memory topic) private view returns (string memory) {
        return vm.readFile(string.concat("test/vectors/", topic, ".json"));
    }

    function _at(string memory list, uint256 i, string memory name) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(i), "].", name);
    }

    function test_digest_vectors() public view {
        string memory json = _read("digest");
        for (uint256 i; i < 12; ++i) {
            uint256[] memory x = vm.parseJsonUintArray(json, _at("cases", i, "values"));
            (uint256 y, uint256 r) = InputDigest.digest(x, vm.parseJsonUint(json, _at("cases", i, "c")));
            assertEq(r, vm.parseJsonUint(json, _at("cases", i, "r")));
            assertEq(y, vm.parseJsonUint(json, _at("cases", i, "y")));
        }
    }

    function test_queue_vectors() public view {
        string memory json = _read("queue");
        bytes26 hash;
        for (uint256 i; i < 9; ++i) {
            uint256 meta = vm.parseJsonUint(json, _at("entries", i, "meta"));
            if (vm.parseJsonUint(json, _at("entries", i, "kind")) == 1) {
                uint256 slot = vm.parseJsonUint(json, _at("entries", i, "slot"));
                uint256 amount = vm.parseJsonUint(json, _at("entries", i, "amount"));
                assertEq(QueueLib.depositMeta(uint8(slot), uint64(amount)), meta);
            } else {
                assertEq(QueueLib.NOTE_META, meta);
            }
            hash = QueueLib.link(hash, vm.parseJsonUint(json, _at("entries", i, "value")), meta);
            assertEq(uint256(bytes32(hash)), vm.parseJsonUint(json, _at("entries", i, "chunkHash")));
        }
    }

    function test_amounts_vectors() public view {
        string memory json = _read("notes");
        for (uint256 i; i < 4; ++i) {
            uint256[] memory amount = vm.parseJsonUintArray(json, _at("notes", i, "amount"));
            uint256 lo = vm.parseJsonUint(json, _at("notes", i, "lo"));
            uint256 hi = vm.parseJsonUint(json, _at("notes", i, "hi"));
            for (uint256 slot; slot < 8; ++slot) assertEq(PackedAmounts.amountAt(lo, hi, slot), amount[slot]);
        }
    }

    function test_snapshot_vectors() public view {
        string memory json = _read("snapshot");
        for (uint256 i; i < 4; ++i) {
            uint256[] memory prices = vm.parseJsonUintArray(json, _at("cases", i, "prices"));
            uint256[] memory stored = vm.parseJsonUintArray(json, _at("cases", i, "stored"));
            uint256 time = vm.parseJsonUint(json, _at("cases", i, "time"));
            uint256[8] memory eight;
            for (uint256 slot; slot < 8; ++slot) eight[slot] = prices[slot];
            (uint256 word0, uint256 word1) = SnapshotLib.pack(eight, uint64(time));
            assertEq(word0, vm.parseJsonUint(json, _at("cases", i, "word0")));
            assertEq(word1, vm.parseJsonUint(json, _at("cases", i, "word1")));
            assertEq(SnapshotLib.timeOf(word0, word1), time);
            for (uint256 slot; slot < 8; ++slot) assertEq(SnapshotLib.priceAt(word0, word1, slot), stored[slot]);
        }
    }

    function test_domain_vectors() public view {
        string memory json = _read("domain");
        for (uint256 i; i < 2; ++i) {
            uint256 domain = DomainLib.compute(
                uint32(vm.parseJsonUint(json, _at("cases", i, "srcEid"))),
                vm.parseJsonAddress(json, _at("cases", i, "vault")),
                uint32(vm.parseJsonUint(json, _at("cases", i, "marginEid"))),
                vm.parseJsonAddress(json, _at("cases", i, "engine"))
            );
            assertEq(domain, vm.parseJsonUint(json, _at("cases", i, "domain")));
        }
    }

    function test_curve_vectors() public {
        string memory json = _read("babyjubjub");
        for (uint256 i; i < 8; ++i) {
            assertTrue(BabyJubJub.isOnCurve(_uint(json, "multiples", i, "x"), _uint(json, "multiples", i, "y")));
            (uint256 x, uint256 y) = (_uint(json, "smallOrder", i, "x"), _uint(json, "smallOrder", i, "y"));
            vm.expectRevert(abi.encodeWithSelector(BabyJubJub.LowOrderPoint.selector, x, y));
            this.key(JubPoint(x, y));
        }
        for (uint256 i; i < 2; ++i) {
            assertFalse(BabyJubJub.isOnCurve(_uint(json, "offCurve", i, "x"), _uint(json, "offCurve", i, "y")));
            JubPoint memory got = this.key(
                JubPoint(_uint(json, "keys", i, "registered.x"), _uint(json, "keys", i, "registered.y"))
            );
            assertEq(got.x, _uint(json, "keys", i, "key.x"));
            assertEq(got.y, _uint(json, "keys", i, "key.y"));
        }
    }

    function key(JubPoint memory r) external view returns (JubPoint memory) {
        return BabyJubJub.key(r);
    }

    function _uint(
        string memory json,
        string memory list,
        uint256 i,
        string memory name
    ) private pure returns (uint256) {
        return vm.parseJsonUint(json, _at(list, i, name));
    }
}
