// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IInterestRateModel} from "../../../contracts/interfaces/IInterestRateModel.sol";
import {IOrderInbox} from "../../../contracts/interfaces/IOrderInbox.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {CreditPool} from "../../../contracts/margin/CreditPool.sol";
import {CrossMargin} from "../../../contracts/margin/CrossMargin.sol";
import {InsuranceFund} from "../../../contracts/margin/InsuranceFund.sol";
import {MarginEngine} from "../../../contracts/margin/MarginEngine.sol";
import {MarginStorage} from "../../../contracts/margin/MarginStorage.sol";
import {OrderInbox} from "../../../contracts/messaging/OrderInbox.sol";
import {OrderQueue} from "../../../contracts/messaging/OrderQueue.sol";
import {RootInbox} from "../../../contracts/messaging/RootInbox.sol";
import {VaultMessenger} from "../../../contracts/messaging/VaultMessenger.sol";
import {PriceBoard} from "../../../contracts/risk/PriceBoard.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {NoteHash} from "../../../contracts/vault/NoteHash.sol";
import {RecoveryVault} from "../../../contracts/vault/RecoveryVault.sol";

/// @notice Deploys the project's contracts from their compiled bytecode, the very one that is deployed elsewhere. `new` would put a copy of it into
///         every test contract and have the compiler optimise each of them for minutes.
library Deploy {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @param path "margin/CreditPool"
    function code(string memory path) internal view returns (bytes memory) {
        return codeIn("artifacts/contracts/", path);
    }

    /// @param root folder of artifacts, as Hardhat lays them out
    function codeIn(string memory root, string memory path) internal view returns (bytes memory) {
        string[] memory parts = vm.split(path, "/");
        string memory file = string.concat(root, path, ".sol/", parts[parts.length - 1], ".json");
        return vm.parseJsonBytes(vm.readFile(file), ".bytecode");
    }

    /// @dev As `new` does: what the constructor reverts with is what this reverts with.
    function create(bytes memory creationCode, bytes memory arguments) internal returns (address deployed) {
        bytes memory all = bytes.concat(creationCode, arguments);
        assembly ("memory-safe") {
            deployed := create(0, add(all, 32), mload(all))
            if iszero(deployed) {
                let free := mload(0x40)
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
        }
    }

    function vault(CollateralVault.Config memory config) internal returns (CollateralVault) {
        return CollateralVault(create(code("vault/CollateralVault"), abi.encode(config)));
    }

    function noteHash() internal returns (NoteHash) {
        return NoteHash(create(code("vault/NoteHash"), ""));
    }

    function recoveryVault(address owner, address guardian, IOrderInbox inbox) internal returns (RecoveryVault) {
        return RecoveryVault(create(code("vault/RecoveryVault"), abi.encode(owner, guardian, inbox, noteHash())));
    }

    function marginEngine(address owner, MarginStorage.Wiring memory wiring) internal returns (MarginEngine) {
        address losses = create(code("margin/MarginLosses"), abi.encode(wiring));
        address markets = create(code("margin/MarginMarkets"), abi.encode(wiring, losses));
        address extension = create(code("margin/MarginExtension"), abi.encode(wiring, markets));
        return MarginEngine(create(code("margin/MarginEngine"), abi.encode(owner, wiring, extension)));
    }

    function crossMargin(address engine) internal returns (CrossMargin) {
        return CrossMargin(create(code("margin/CrossMargin"), abi.encode(engine)));
    }

    /// @dev Owned by the test, with caps that nothing reaches.
    function creditPool(
        IERC20 asset,
        address engine,
        IPriceBoard board,
        bytes32 assetId,
        IInterestRateModel model,
        uint16 debtHaircutBps,
        uint16 initialExtraBps
    ) internal returns (CreditPool pool) {
        pool = closedPool(asset, engine, board, assetId, model, debtHaircutBps, initialExtraBps);
        pool.setCaps(type(uint128).max, type(uint128).max);
    }

    /// @dev Owned by the test, as the constructor leaves it.
    function closedPool(
        IERC20 asset,
        address engine,
        IPriceBoard board,
        bytes32 assetId,
        IInterestRateModel model,
        uint16 debtHaircutBps,
        uint16 initialExtraBps
    ) internal returns (CreditPool) {
        return
            CreditPool(
                create(
                    code("margin/CreditPool"),
                    abi.encode(
                        address(this),
                        asset,
                        "Hypothec pool",
                        "hPOOL",
                        engine,
                        board,
                        assetId,
                        model,
                        debtHaircutBps,
                        initialExtraBps
                    )
                )
            );
    }

    function insuranceFund(address owner, CreditPool pool) internal returns (InsuranceFund) {
        return InsuranceFund(create(code("margin/InsuranceFund"), abi.encode(owner, pool)));
    }

    function orderQueue(address endpoint, address owner) internal returns (OrderQueue) {
        return OrderQueue(create(code("messaging/OrderQueue"), abi.encode(endpoint, owner)));
    }

    function orderInbox(address endpoint, address owner) internal returns (OrderInbox) {
        return OrderInbox(create(code("messaging/OrderInbox"), abi.encode(endpoint, owner)));
    }

    function rootInbox(address endpoint, address owner) internal returns (RootInbox) {
        return RootInbox(create(code("messaging/RootInbox"), abi.encode(endpoint, owner)));
    }

    function vaultMessenger(
        address endpoint,
        address owner,
        IOrderInbox inbox,
        uint64 cadence
    ) internal returns (VaultMessenger) {
        return VaultMessenger(create(code("messaging/VaultMessenger"), abi.encode(endpoint, owner, inbox, cadence)));
    }

    function priceBoard(address owner) internal returns (PriceBoard) {
        return PriceBoard(create(code("risk/PriceBoard"), abi.encode(owner)));
    }
}
