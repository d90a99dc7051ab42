// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {AssetLedger} from "../../../contracts/vault/AssetLedger.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {OutflowLimits} from "../../../contracts/vault/OutflowLimits.sol";
import {
    BlocklistToken,
    FalseToken,
    FeeOnTransferToken,
    LyingToken,
    NoReturnToken,
    ReentrantToken
} from "../support/HostileTokens.sol";
import {TestToken} from "../support/TestToken.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

contract DepositTest is VaultFixture {
    uint256 private constant PRE = 12345;

    function test_deposit_queuesAnEntryAndTakesTheToken() public {
        dai.mint(alice, 3e18);
        vm.startPrank(alice);
        dai.approve(address(vault), 3e18);
        uint256 meta = (1 << 66) | (uint256(DAI) << 63) | 3e6;
        vm.expectEmit(address(vault));
        emit ICollateralVault.Queued(0, 0, PRE, meta);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Deposited(alice, PRE, DAI, 3e6, memo());
        vault.deposit{value: ENTRY_FEE}(DAI, 3e18, PRE, memo());
        vm.stopPrank();

        assertEq(dai.balanceOf(address(vault)), 3e18);
        assertEq(vault.held(DAI), 3e6);
        assertEq(vault.chunkHash(0), link(0, PRE, meta));
        (uint64 openChunk, uint8 openCount, uint64 openSince, uint64 appended) = vault.queueState();
        assertEq(openChunk, 0);
        assertEq(openCount, 1);
        assertEq(openSince, block.timestamp);
        assertEq(appended, 0);
    }

    function testFuzz_deposit_holdsWhatItReceives(uint8 slot, uint64 shared, uint256 pre) public {
        slot = uint8(bound(slot, USDC, NATIVE));
        shared = uint64(bound(shared, 1, slot == NATIVE ? 1e8 : CAP));
        pre = bound(pre, 1, Q - 1);
        uint256 unit =
            slot == DAI
                ? DAI_UNIT
                : slot == NATIVE
                    ? NATIVE_UNIT
                    : 1;
        uint256 amount = uint256(shared) * unit;
        uint256 before = address(vault).balance;
        if (slot != NATIVE) {
            TestToken token = TestToken(vault.assets(slot).token);
            token.mint(alice, amount);
            vm.prank(alice);
            token.approve(address(vault), amount);
            vm.prank(alice);
            vault.deposit{value: ENTRY_FEE}(slot, amount, pre, "");
            assertEq(token.balanceOf(address(vault)), amount);
            assertEq(address(vault).balance, before + ENTRY_FEE);
        } else {
            vm.prank(alice);
            vault.deposit{value: amount + ENTRY_FEE}(slot, amount, pre, "");
            assertEq(address(vault).balance, before + amount + ENTRY_FEE);
        }
        assertEq(vault.held(slot), shared);
        uint256 meta = 2 ** 66 + uint256(slot) * 2 ** 63 + shared;
        assertEq(vault.chunkHash(0), link(0, pre, meta));
    }

    function test_deposit_sealsAFullChunk() public {
        bytes32 hash;
        for (uint64 i = 1; i <= 16; i++) {
            if (i == 16) {
                vm.expectEmit(address(vault));
                emit ICollateralVault.ChunkSealed(0, 16);
            }
            depositNative(i, i);
            hash = link(hash, uint256(i), (1 << 66) | (uint256(NATIVE) << 63) | i);
        }
        assertEq(vault.chunkHash(0), hash);
        (uint64 openChunk, uint8 openCount, uint64 openSince, ) = vault.queueState();
        assertEq(openChunk, 1);
        assertEq(openCount, 0);
        assertEq(openSince, 0);
        depositUsdc(1, 7);
        assertEq(vault.chunkHash(0), hash);
        assertTrue(vault.chunkHash(1) != 0);
    }

    function test_deposit_rejectsAnAmountOf0() public {
        _expect(abi.encodeWithSelector(AssetLedger.ZeroAmount.selector, USDC), USDC, 0, PRE, ENTRY_FEE);
    }

    function testFuzz_deposit_rejectsDust(uint256 amount) public {
        vm.assume(amount % DAI_UNIT != 0);
        _expect(abi.encodeWithSelector(AssetLedger.Dust.selector, DAI, amount, DAI_UNIT), DAI, amount, PRE, ENTRY_FEE);
    }

    function testFuzz_deposit_rejectsAmountsAbove63Bits(uint256 amount) public {
        amount = bound(amount, 2 ** 63, type(uint256).max);
        _expect(abi.encodeWithSelector(AssetLedger.AmountTooWide.selector, USDC, amount), USDC, amount, PRE, ENTRY_FEE);
    }

    function test_deposit_rejectsWhatIsOverTheCap() public {
        vault.setCap(USDC, 100);
        depositUsdc(60, 1);
        _expect(abi.encodeWithSelector(AssetLedger.CapExceeded.selector, USDC, 101, 100), USDC, 41, PRE, ENTRY_FEE);
        depositUsdc(40, 2);
    }

    function test_deposit_rejectsAnUnlistedOrUnknownSlot() public {
        _expect(abi.encodeWithSelector(AssetLedger.SlotNotListed.selector, 4), 4, 1, PRE, ENTRY_FEE);
        _expect(abi.encodeWithSelector(OutflowLimits.NoSuchSlot.selector, 8), 8, 1, PRE, ENTRY_FEE);
    }

    /// FEE-1
    function testFuzz_deposit_rejectsAnyOtherValue(uint96 value) public {
        vm.deal(alice, type(uint128).max);
        uint256 due = NATIVE_UNIT + ENTRY_FEE;
        if (value != due) {
            _expect(
                abi.encodeWithSelector(CollateralVault.WrongValue.selector, due, value),
                NATIVE,
                NATIVE_UNIT,
                PRE,
                value
            );
        }
        if (value != ENTRY_FEE) {
            _expect(abi.encodeWithSelector(CollateralVault.WrongValue.selector, ENTRY_FEE, value), USDC, 1, PRE, value);
        }
    }

    function testFuzz_deposit_rejectsAPrecommitmentOutsideTheField(uint256 pre) public {
        pre = bound(pre, Q, type(uint256).max);
        _expect(abi.encodeWithSelector(CollateralVault.BadPrecommitment.selector, pre), USDC, 1, pre, ENTRY_FEE);
        _expect(abi.encodeWithSelector(CollateralVault.BadPrecommitment.selector, 0), USDC, 1, 0, ENTRY_FEE);
    }

    function test_deposit_rejectsAMemoOfAnotherSize() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.BadMemoLength.selector, 288, 287));
        vault.deposit{value: ENTRY_FEE}(USDC, 1, PRE, new bytes(287));
    }

    function test_deposit_rejectsWhatTheDepositorDoesNotHave() public {
        vm.startPrank(alice);
        usdc.approve(address(vault), 1);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 0, 1));
        vault.deposit{value: ENTRY_FEE}(USDC, 1, PRE, "");
    }

    // -- pause --------------------------------------------------------------------------------------------------------

    function test_pauseDeposits_stopsDepositsUntilTheOwnerAllowsThem() public {
        vm.expectEmit(address(vault));
        emit CollateralVault.DepositsPaused(guardian);
        vm.prank(guardian);
        vault.pauseDeposits();
        assertTrue(vault.depositsPaused());
        _expect(abi.encodeWithSelector(CollateralVault.DepositsArePaused.selector), USDC, 1, PRE, ENTRY_FEE);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        vault.unpauseDeposits();
        vault.unpauseDeposits();
        depositUsdc(1, PRE);
    }

    function test_pauseDeposits_rejectsAnyoneElse() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(CollateralVault.NotGuardian.selector, alice));
        vault.pauseDeposits();
        vault.setGuardian(alice);
        assertEq(vault.guardian(), alice);
        vm.prank(alice);
        vault.pauseDeposits();
    }

    function test_pauseDeposits_keepsTheQueue() public {
        depositUsdc(1, PRE);
        vault.pauseDeposits();
        vm.warp(block.timestamp + SEAL_DELAY);
        vault.seal();
        vault.appendBatch(paddedEntries(1), 99, noProof(), batcher);
        assertTrue(vault.depositsPaused());
    }

    // -- hostile tokens -----------------------------------------------------------------------------------------------

    function test_deposit_refusesAFeeOnTransferToken() public {
        FeeOnTransferToken token = new FeeOnTransferToken();
        _listAndMint(token, 1e18);
        bytes memory wrong = abi.encodeWithSelector(AssetLedger.ReceivedWrongAmount.selector, 4, 1e18, 0.99e18);
        _expect(wrong, 4, 1e18, PRE, ENTRY_FEE);
        assertEq(vault.held(4), 0);
    }

    function test_deposit_refusesATokenThatMovesNothing() public {
        _listAndMint(new LyingToken(), 5);
        _expect(abi.encodeWithSelector(AssetLedger.ReceivedWrongAmount.selector, 4, 5, 0), 4, 5, PRE, ENTRY_FEE);
    }

    function test_deposit_refusesATokenThatReturnsFalse() public {
        FalseToken token = new FalseToken();
        _listAndMint(token, 5);
        _expect(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, token), 4, 5, PRE, ENTRY_FEE);
    }

    function test_deposit_acceptsATokenThatReturnsNothing() public {
        NoReturnToken token = new NoReturnToken();
        vault.listAsset(4, address(token), 6, CAP);
        token.mint(alice, 7);
        vm.startPrank(alice);
        token.approve(address(vault), 7);
        vault.deposit{value: ENTRY_FEE}(4, 7, PRE, "");
        assertEq(token.balanceOf(address(vault)), 7);
    }

    function test_deposit_passesOnABlocklist() public {
        BlocklistToken token = new BlocklistToken();
        _listAndMint(token, 5);
        token.setBlocked(alice, true);
        _expect(abi.encodeWithSelector(BlocklistToken.Blocked.selector, alice), 4, 5, PRE, ENTRY_FEE);
    }

    /// A callback that deposits would be counted twice by the balance difference; one that seals or appends would work on half a deposit.
    function test_deposit_cannotBeReentered() public {
        ReentrantToken token = new ReentrantToken();
        _listAndMint(token, 2e18);
        bytes memory reentered = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        bytes[4] memory calls = [
            abi.encodeCall(ICollateralVault.deposit, (4, 1e18, PRE, "")),
            abi.encodeCall(ICollateralVault.seal, ()),
            abi.encodeCall(ICollateralVault.appendBatch, (paddedEntries(0), 1, noProof(), batcher)),
            abi.encodeCall(ICollateralVault.transact, (emptyTransact(1), noProof()))
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            token.callBack(address(vault), calls[i]);
            _expect(reentered, 4, 1e18, PRE, ENTRY_FEE);
        }
    }

    function _listAndMint(TestToken token, uint256 amount) private {
        uint8 shared = token.decimals() > 8 ? 8 : token.decimals();
        vault.listAsset(4, address(token), shared, CAP);
        token.mint(alice, amount);
        vm.prank(alice);
        token.approve(address(vault), type(uint256).max);
    }

    function _expect(bytes memory revertData, uint8 slot, uint256 amount, uint256 pre, uint256 value) private {
        vm.prank(alice);
        vm.expectRevert(revertData);
        vault.deposit{value: value}(slot, amount, pre, "");
    }
}
