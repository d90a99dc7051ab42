// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {MessageCodec, OpenedOrder} from "../../../contracts/libraries/MessageCodec.sol";
import {JubPoint, SettleOrder} from "../../../contracts/types/Types.sol";
import {AssetLedger} from "../../../contracts/vault/AssetLedger.sol";
import {NoteQueue} from "../../../contracts/vault/NoteQueue.sol";
import {
    BlocklistToken,
    FalseToken,
    NoReturnToken,
    PausableToken,
    RebasingToken,
    SenderFeeToken,
    UpgradeableToken
} from "../support/HostileTokens.sol";
import {TestToken} from "../support/TestToken.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// What each kind of token does in a vault (docs/tokens.md). Deposit.t.sol and Transact.t.sol have fees, lies, reentrance and blocklists at those two doors.
contract HostileTokensTest is VaultFixture {
    uint256 private constant ROOT = 555;
    uint8 private constant SLOT = 4;
    uint256 private constant N = 33;
    uint256 private nullifier = 1000;

    function setUp() public override {
        super.setUp();
        knowRoot(ROOT);
    }

    /// What a token grows by stays in the vault, nobody's: the books are in what was deposited.
    function test_rebasingUp_booksStay() public {
        RebasingToken token = new RebasingToken();
        _deposit(token, 18, 100e8, 1e10);
        token.rebase(2e18);
        assertEq(vault.held(SLOT), 100e8);
        assertEq(token.balanceOf(address(vault)), 200e18);
        _deposit(token, 0, 10e8, 1e10);
        _withdraw(110e8);
        assertEq(token.balanceOf(bob), 110e18);
        assertEq(vault.held(SLOT), 0);
        assertEq(token.balanceOf(address(vault)), 100e18);
    }

    /// A slot that became short takes no more deposits: who comes later does not pay for who came before. Other slots go on.
    function test_rebasingDown_stopsDepositsOfThatSlotOnly() public {
        RebasingToken token = new RebasingToken();
        _deposit(token, 18, 100e8, 1e10);
        token.rebase(0.5e18);
        token.mint(alice, 20e18);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.SlotShort.selector, SLOT, 60e18, 110e18));
        vault.deposit{value: ENTRY_FEE}(SLOT, 10e18, 8, "");
        depositUsdc(100, 9);
        _withdraw(50e8);
        assertEq(token.balanceOf(bob), 50e18);
        // The rest waits for whoever makes the slot whole.
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        this.withdraw(1e8);
        token.mint(address(vault), 10e18);
        _withdraw(10e8);
    }

    /// Invisible to the receiver at deposit, it shows when the vault pays: that slot takes no more deposits.
    function test_senderFee_stopsDepositsOfThatSlot() public {
        SenderFeeToken token = new SenderFeeToken();
        token.mint(alice, 10e18);
        _deposit(token, 18, 100e8, 1e10);
        _withdraw(50e8);
        assertEq(token.balanceOf(address(vault)), 49.5e18);
        token.mint(alice, 20e18);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.SlotShort.selector, SLOT, 59.5e18, 60e18));
        vault.deposit{value: ENTRY_FEE}(SLOT, 10e18, 8, "");
    }

    function test_noReturn_bothWays() public {
        NoReturnToken token = new NoReturnToken();
        vault.listAsset(SLOT, address(token), 6, CAP);
        token.mint(alice, 70);
        vm.startPrank(alice);
        token.approve(address(vault), 70);
        vault.deposit{value: ENTRY_FEE}(SLOT, 70, 8, "");
        vm.stopPrank();
        _withdraw(70);
        assertEq(token.balanceOf(bob), 70);
    }

    /// A false answer is a refusal, at both doors; nothing is spent.
    function test_falseReturning_isARefusal() public {
        FalseToken token = new FalseToken();
        vault.listAsset(SLOT, address(token), 6, CAP);
        token.mint(alice, 5);
        vm.startPrank(alice);
        token.approve(address(vault), 5);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, token));
        vault.deposit{value: ENTRY_FEE}(SLOT, 5, 8, "");
        vm.stopPrank();
    }

    /// Paused, it moves neither in nor out; notes move all the same, and what was asked for is there afterwards.
    function test_pausing_notesGoOn() public {
        PausableToken token = new PausableToken();
        _deposit(token, 6, 100, 1);
        token.setPaused(true);
        vm.expectRevert(PausableToken.Paused.selector);
        this.withdraw(10);
        vault.transact{value: 2 * ENTRY_FEE}(_spend(0), noProof());
        _settles(1_000e6);
        // Delayed withdrawals wait for it.
        vault.setOutflowLimit(SLOT, 0, 10);
        _withdraw(10);
        vm.warp(block.timestamp + 1 hours);
        vm.expectRevert(PausableToken.Paused.selector);
        vault.claimDelayed(SLOT, 0);
        token.setPaused(false);
        vault.claimDelayed(SLOT, 0);
        assertEq(token.balanceOf(bob), 10);
    }

    /// Threat "One unit of a blocklisting or paused token makes a lock unseizable": a claim is paid as notes, so no token is asked. Vault, buyer and owner are all blocked.
    function test_blocklisting_claimSettlesAsNotes() public {
        BlocklistToken token = new BlocklistToken();
        _deposit(token, 6, 100, 1);
        token.setBlocked(address(vault), true);
        token.setBlocked(bob, true);
        token.setBlocked(alice, true);
        _settles(1_000e6);
        // Other assets of the basket leave for who is not blocked by theirs.
        depositUsdc(50, 9);
        ICollateralVault.TransactParams memory params = _spend(0);
        (params.withdrawLo, params.recipient) = (50, bob);
        vault.transact{value: 2 * ENTRY_FEE}(params, noProof());
        assertEq(usdc.balanceOf(bob), 50);
    }

    /// What is settled does not depend on what its tokens do: every hostile one is in the basket, each as hostile as it gets.
    function test_everyHostileToken_claimSettlesAsNotes() public {
        PausableToken paused = new PausableToken();
        RebasingToken rebasing = new RebasingToken();
        UpgradeableToken upgraded = new UpgradeableToken();
        BlocklistToken blocking = new BlocklistToken();
        vault.listAsset(4, address(paused), 6, CAP);
        vault.listAsset(5, address(rebasing), 8, CAP);
        vault.listAsset(6, address(upgraded), 6, CAP);
        vault.listAsset(7, address(blocking), 6, CAP);
        paused.setPaused(true);
        rebasing.rebase(0.1e18);
        upgraded.upgrade();
        blocking.setBlocked(address(vault), true);
        _settles(1_000e6);
    }

    /// An upgrade can print notes of its own slot, up to the cap, and of no other; decimals are those of the listing.
    function test_upgraded_costsItsOwnSlotOnly() public {
        UpgradeableToken token = new UpgradeableToken();
        vault.listAsset(SLOT, address(token), 6, 1_000);
        depositUsdc(100, 9);
        token.upgrade();
        vm.startPrank(alice);
        vault.deposit{value: ENTRY_FEE}(SLOT, 1_000, 8, ""); // nothing was moved
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.CapExceeded.selector, SLOT, 1_001, 1_000));
        vault.deposit{value: ENTRY_FEE}(SLOT, 1, 8, "");
        vm.stopPrank();
        assertEq(vault.held(SLOT), 1_000);
        assertEq(vault.assets(SLOT).decimals, 6);
        assertEq(vault.held(USDC), 101);
        assertEq(usdc.balanceOf(address(vault)), 101);
    }

    /// 0 to 24 decimals: each converts exactly, there and back.
    function testFuzz_decimals(uint8 decimals, uint8 shared, uint64 amount) public {
        decimals = uint8(bound(decimals, 0, 24));
        shared = uint8(bound(shared, 0, decimals < 8 ? decimals : 8));
        amount = uint64(bound(amount, 1, CAP));
        TestToken token = new TestToken("", "", decimals);
        vault.listAsset(SLOT, address(token), shared, CAP);
        uint256 unit = 10 ** (decimals - shared);
        _fund(token, amount * unit);
        if (unit > 1) {
            vm.prank(alice);
            vm.expectRevert(abi.encodeWithSelector(AssetLedger.Dust.selector, SLOT, amount * unit - 1, unit));
            vault.deposit{value: ENTRY_FEE}(SLOT, amount * unit - 1, 8, "");
        }
        vm.prank(alice);
        vault.deposit{value: ENTRY_FEE}(SLOT, amount * unit, 8, "");
        assertEq(vault.held(SLOT), amount);
        _withdraw(amount);
        assertEq(token.balanceOf(bob), amount * unit);
    }

    /// A supply of 2^255: a note has 63 bits of shared units, and a slot its cap.
    function test_veryLargeSupply() public {
        TestToken token = new TestToken("", "", 0);
        uint64 widest = (uint64(1) << 63) - 1;
        vault.listAsset(SLOT, address(token), 0, widest);
        _fund(token, 1 << 255);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.AmountTooWide.selector, SLOT, uint256(1) << 255));
        vault.deposit{value: ENTRY_FEE}(SLOT, 1 << 255, 8, "");
        vault.deposit{value: ENTRY_FEE}(SLOT, widest, 8, "");
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.CapExceeded.selector, SLOT, uint256(1) << 63, widest));
        vault.deposit{value: ENTRY_FEE}(SLOT, 1, 8, "");
        vm.stopPrank();
        _withdraw(widest);
        assertEq(token.balanceOf(bob), widest);
    }

    /// The native asset, and a recipient that refuses it: the call fails, the notes are whole, another recipient works.
    function test_native_refusedByItsRecipient() public {
        depositNative(100, 8);
        ICollateralVault.TransactParams memory params = _spend(0);
        params.withdrawLo = uint256(100) << (63 * NATIVE);
        params.recipient = payable(address(usdc)); // takes none
        vm.expectPartialRevert(NoteQueue.NativeTransferFailed.selector);
        vault.transact{value: 2 * ENTRY_FEE}(params, noProof());
        assertFalse(vault.isSpent(params.nullifiers[0]));
        params.recipient = payable(makeAddr("fresh"));
        vault.transact{value: 2 * ENTRY_FEE}(params, noProof());
        assertEq(params.recipient.balance, 100 * NATIVE_UNIT);
    }

    function withdraw(uint64 amount) external payable {
        _withdraw(amount);
    }

    function _withdraw(uint64 amount) private {
        ICollateralVault.TransactParams memory params = _spend(amount);
        params.recipient = bob;
        vault.transact{value: 2 * ENTRY_FEE}(params, noProof());
    }

    function _spend(uint64 amount) private returns (ICollateralVault.TransactParams memory params) {
        params = emptyTransact(ROOT);
        params.nullifiers = [++nullifier, ++nullifier];
        params.withdrawHi = amount; // slot 4
        params.deadline = uint40(vm.getBlockTimestamp());
    }

    /// A private claim of lock N, and a release of lock N + 1.
    function _settles(uint64 claim) private {
        deliverOrder(MessageCodec.encodeOpened(OpenedOrder(address(vault), engine, N, claim, bytes32(uint256(1)))));
        SettleOrder memory order;
        (order.vault, order.engine, order.lockNullifier, order.claim) = (address(vault), engine, N, claim);
        for (uint96 i = 0; i < 8; i++) order.seizurePricesX64[i] = 1;
        (order.buyerOwner, order.buyerKey) = (9, JubPoint(3, 4));
        deliverOrder(MessageCodec.encodeSettle(order));
        ICollateralVault.SettleParams memory params;
        (params.root, params.restCommitment, params.buyerCommitment) = (ROOT, 71, 72);
        vault.settle{value: 2 * ENTRY_FEE}(order, REMOTE_EID, params, noProof());
        assertTrue(vault.isLockSpent(N));

        SettleOrder memory release;
        (release.vault, release.engine, release.lockNullifier) = (address(vault), engine, N + 1);
        deliverOrder(MessageCodec.encodeSettle(release));
        params.buyerCommitment = 0;
        vault.settle{value: ENTRY_FEE}(release, REMOTE_EID, params, noProof());
        assertTrue(vault.isLockSpent(N + 1));
    }

    /// @param decimals of the token, to list it; 0: it is listed.
    function _deposit(TestToken token, uint8 decimals, uint64 amount, uint256 unit) private {
        if (decimals != 0) vault.listAsset(SLOT, address(token), decimals < 8 ? decimals : 8, CAP);
        _fund(token, amount * unit);
        vm.prank(alice);
        vault.deposit{value: ENTRY_FEE}(SLOT, amount * unit, 8, "");
    }

    function _fund(TestToken token, uint256 amount) private {
        token.mint(alice, amount);
        vm.prank(alice);
        token.approve(address(vault), type(uint256).max);
    }
}
