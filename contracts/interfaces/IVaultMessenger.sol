// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MessagingFee, MessagingReceipt} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppSender.sol";

/// @title Tells margin chains of the vaults on this chain: note roots (ROOT), that engines are heard of (STATUS), what PUBLIC settlements seized (RECOVERED). One per vault chain; peer: RootInbox
interface IVaultMessenger {
    event Attested(
        address indexed vault,
        uint32 indexed dstEid,
        uint256 root,
        uint64 chunks,
        address attestor,
        bytes32 guid
    );

    event StatusSent(address indexed vault, uint32 indexed dstEid, bytes32 guid);
    event RecoveredSent(
        address indexed vault,
        uint32 indexed dstEid,
        address indexed engine,
        uint256 lockNullifier,
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
    /// @notice Send what ROOT says of the registered engines without a root (ORD-7), so that a quiet vault does not stop borrowing. Anyone, once a cadence.
    function sendStatus(
        address vault,
        uint32 dstEid,
        bytes calldata extraOptions
    ) external payable returns (MessagingReceipt memory);
    function quoteStatus(
        address vault,
        uint32 dstEid,
        bytes calldata extraOptions
    ) external view returns (MessagingFee memory);
    /// @notice When the last STATUS of a vault went there, seconds; 0 = never.
    function lastStatus(address vault, uint32 dstEid) external view returns (uint256);
    /// @notice When the last RECOVERED of a lock was sent, seconds; 0 = never.
    function recoveredSent(uint256 domain, uint256 lockNullifier) external view returns (uint256);
    /// @notice Tell an engine what the PUBLIC settlement of a lock seized (ORD-5). Anyone, any number of times: the first one counts there.
    function sendRecovered(
        address vault,
        uint32 dstEid,
        address engine,
        uint256 lockNullifier,
        bytes calldata extraOptions
    ) external payable returns (MessagingReceipt memory);
    function quoteRecovered(
        address vault,
        uint32 dstEid,
        address engine,
        uint256 lockNullifier,
        bytes calldata extraOptions
    ) external view returns (MessagingFee memory);
}
