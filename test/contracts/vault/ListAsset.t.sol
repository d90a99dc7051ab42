// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ICollateralVault} from "../../../contracts/interfaces/ICollateralVault.sol";
import {AssetLedger} from "../../../contracts/vault/AssetLedger.sol";
import {OutflowLimits} from "../../../contracts/vault/OutflowLimits.sol";
import {TestToken} from "../support/TestToken.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

contract ListAssetTest is VaultFixture {
    function test_listAsset_recordsTheAsset() public view {
        ICollateralVault.Asset memory asset = vault.assets(DAI);
        assertEq(asset.token, address(dai));
        assertEq(asset.decimals, 18);
        assertEq(asset.sharedDecimals, 6);
        assertEq(asset.cap, CAP);
        assertEq(vault.assets(NATIVE).decimals, 18);
        assertEq(vault.assets(7).cap, 0);
    }

    function test_listAsset_rejectsOthersThanTheOwner() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, alice));
        vault.listAsset(4, address(1), 6, CAP);
    }

    function test_listAsset_rejectsASlotOutOfRange() public {
        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.NoSuchSlot.selector, 8));
        vault.listAsset(8, address(usdc), 6, CAP);
        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.NoSuchSlot.selector, 8));
        vault.assets(8);
        vm.expectRevert(abi.encodeWithSelector(OutflowLimits.NoSuchSlot.selector, 8));
        vault.held(8);
    }

    function test_listAsset_rejectsATakenSlot() public {
        address token = address(new TestToken("", "", 6));
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.SlotTaken.selector, USDC, address(usdc)));
        vault.listAsset(USDC, token, 6, CAP);
    }

    function test_listAsset_rejectsATokenInTwoSlots() public {
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.AlreadyListed.selector, address(wbtc), WBTC));
        vault.listAsset(4, address(wbtc), 8, CAP);
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.AlreadyListed.selector, address(0), NATIVE));
        vault.listAsset(4, address(0), 8, CAP);
    }

    function test_listAsset_rejectsAnAddressWithoutCode() public {
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.NotAContract.selector, alice));
        vault.listAsset(4, alice, 6, CAP);
    }

    function testFuzz_listAsset_acceptsExactlyTheDecimalsItCanConvert(uint8 decimals, uint8 shared) public {
        address token = address(new TestToken("", "", decimals));
        if (shared > 8 || shared > decimals || decimals > 36) {
            vm.expectRevert(abi.encodeWithSelector(AssetLedger.BadDecimals.selector, decimals, shared));
        }
        vault.listAsset(4, token, shared, CAP);
    }

    function test_listAsset_rejectsACapOf0OrAbove63Bits() public {
        address token = address(new TestToken("", "", 6));
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.BadCap.selector, 0));
        vault.listAsset(4, token, 6, 0);
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.BadCap.selector, uint64(1) << 63));
        vault.listAsset(4, token, 6, uint64(1) << 63);
        vault.listAsset(4, token, 6, (uint64(1) << 63) - 1);
    }

    function test_setCap_changesTheCapOfAListedSlot() public {
        vault.setCap(USDC, 5);
        assertEq(vault.assets(USDC).cap, 5);
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.SlotNotListed.selector, 4));
        vault.setCap(4, 5);
        vm.expectRevert(abi.encodeWithSelector(AssetLedger.BadCap.selector, 0));
        vault.setCap(USDC, 0);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        vault.setCap(USDC, 6);
    }
}
