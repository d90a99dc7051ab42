// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {NoteQueue} from "../../../contracts/vault/NoteQueue.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

contract SealTest is VaultFixture {
    function test_seal_rejectsAnEmptyChunk() public {
        vm.expectRevert(abi.encodeWithSelector(NoteQueue.NothingToSeal.selector, 0));
        vault.seal();
    }

    function test_seal_isFreeAfterTheDelay() public {
        depositUsdc(1, 1);
        uint256 freeAt = vm.getBlockTimestamp() + SEAL_DELAY;
        vm.warp(freeAt - 1);
        vm.expectRevert(abi.encodeWithSelector(NoteQueue.WrongSealFee.selector, 15 * ENTRY_FEE, 0, freeAt));
        vault.seal();
        vm.warp(freeAt);
        vm.expectEmit(address(vault));
        emit ICollateralVault.ChunkSealed(0, 1);
        vault.seal();
        (uint64 openChunk, uint8 openCount, uint64 openSince, ) = vault.queueState();
        assertEq(openChunk, 1);
        assertEq(openCount, 0);
        assertEq(openSince, 0);
    }

    /// The delay runs from a chunk's first entry: later ones do not postpone it.
    function test_seal_countsFromTheFirstEntry() public {
        depositUsdc(1, 1);
        vm.warp(block.timestamp + SEAL_DELAY);
        depositUsdc(1, 2);
        vault.seal();
    }

    function testFuzz_seal_costsTheMissingFees(uint8 count, uint256 value) public {
        count = uint8(bound(count, 1, 15));
        for (uint256 i = 1; i <= count; i++) depositUsdc(1, i);
        uint256 missing = (16 - count) * ENTRY_FEE;
        value = bound(value, 1, 2 * missing);
        if (value != missing) {
            uint256 freeAt = vm.getBlockTimestamp() + SEAL_DELAY;
            vm.expectRevert(abi.encodeWithSelector(NoteQueue.WrongSealFee.selector, missing, value, freeAt));
            vm.prank(bob);
            vault.seal{value: value}();
        }
        vm.prank(bob);
        vault.seal{value: missing}();
        // The batcher of a paid chunk gets sixteen fees, whatever is in it.
        vault.appendBatch(paddedEntries(count), 99, noProof(), batcher);
        assertEq(batcher.balance, 16 * ENTRY_FEE);
    }
}
