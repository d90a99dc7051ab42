// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MessagingFee, MessagingReceipt} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppSender.sol";

/// @title Sends note roots of the vaults on this chain to margin chains (ROOT). One per vault chain; peer: RootInbox
interface IVaultMessenger {
    event Attested(
        address indexed vault,
        uint32 indexed dstEid,
        uint256 root,
        uint64 chunks,
        address attestor,
        bytes32 guid
    );

    /// @notice Send the current root of `vault` to `dstEid`. Reverts unless it holds new notes since the last one sent there and the cadence has passed.
    function attest(
        address vault,
        uint32 dstEid,
        bytes calldata extraOptions
    ) external payable returns (MessagingReceipt memory);
    /// @notice Fee of an attestation now, wei. Reverts where `attest` would.
    function quoteAttest(
        address vault,
        uint32 dstEid,
        bytes calldata extraOptions
    ) external view returns (MessagingFee memory);
    /// @return chunks in the tree when it was last attested there. @return time of that, seconds.
    function lastAttested(address vault, uint32 dstEid) external view returns (uint64 chunks, uint64 time);
}
