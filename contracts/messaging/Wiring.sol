// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ILayerZeroEndpointV2} from "@layerzerolabs/lz-evm-protocol-v2/contracts/interfaces/ILayerZeroEndpointV2.sol";

/// LayerZero's per-OApp ULN settings as stored: 0 = "the default", 255 DVNs and 2^64 − 1 confirmations = "none".
struct UlnConfig {
    uint64 confirmations;
    uint8 requiredDVNCount;
    uint8 optionalDVNCount;
    uint8 optionalDVNThreshold;
    address[] requiredDVNs;
    address[] optionalDVNs;
}

/// The one call that tells an OApp's own settings from the library's defaults; both ULN 302 libraries have it.
interface IUln302 {
    function getAppUlnConfig(address oapp, uint32 remoteEid) external view returns (UlnConfig memory);
}

/// @title Whether a pathway is configured by its owner: explicit library, ≥ 2 required DVNs, explicit confirmations (design §6)
/// @dev Defaults are LayerZero's to change; a single DVN is one key away from forged roots.
library Wiring {
    uint8 internal constant MIN_REQUIRED_DVNS = 2;
    uint8 private constant NIL_DVN_COUNT = 255;
    uint64 private constant NIL_CONFIRMATIONS = type(uint64).max;

    /// Thrown when the OApp's library towards or from `remoteEid` is LayerZero's default. Set it explicitly on the endpoint.
    error DefaultLibrary(uint32 remoteEid, address library_);
    /// Thrown when the OApp requires fewer than two DVNs of its own choice. 0 = the library's default.
    error TooFewRequiredDVNs(uint32 remoteEid, uint8 required);
    /// Thrown when the OApp has not set its confirmations (0 = the library's default), or set none.
    error ConfirmationsNotSet(uint32 remoteEid, uint64 confirmations);

    function requireSend(ILayerZeroEndpointV2 endpoint, uint32 dstEid) internal view {
        address sendLibrary = endpoint.getSendLibrary(address(this), dstEid);
        if (endpoint.isDefaultSendLibrary(address(this), dstEid)) revert DefaultLibrary(dstEid, sendLibrary);
        _requireUln(sendLibrary, dstEid);
    }

    function requireReceive(ILayerZeroEndpointV2 endpoint, uint32 srcEid) internal view {
        (address receiveLibrary, bool isDefault) = endpoint.getReceiveLibrary(address(this), srcEid);
        if (isDefault) revert DefaultLibrary(srcEid, receiveLibrary);
        _requireUln(receiveLibrary, srcEid);
    }

    function _requireUln(address library_, uint32 remoteEid) private view {
        UlnConfig memory config = IUln302(library_).getAppUlnConfig(address(this), remoteEid);
        if (config.requiredDVNCount < MIN_REQUIRED_DVNS || config.requiredDVNCount == NIL_DVN_COUNT) {
            revert TooFewRequiredDVNs(remoteEid, config.requiredDVNCount);
        }
        if (config.confirmations == 0 || config.confirmations == NIL_CONFIRMATIONS) {
            revert ConfirmationsNotSet(remoteEid, config.confirmations);
        }
    }
}
