// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MessagingFee, MessagingReceipt} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppSender.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IOrderInbox} from "../interfaces/IOrderInbox.sol";
import {IVaultMessenger} from "../interfaces/IVaultMessenger.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {DomainReport, MessageCodec, RootMessage} from "../libraries/MessageCodec.sol";
import {WiredSender} from "./WiredSender.sol";

/// @title VaultMessenger
/// @dev Reads the vault it is given and nothing a caller says, so anyone may attest any vault; a contract that only claims to be a vault speaks for its
///      own address, which no market names.
contract VaultMessenger is IVaultMessenger, WiredSender {
    struct Attestation {
        uint64 chunks;
        uint64 time; // seconds
    }

    event EngineRegistered(uint32 indexed dstEid, address indexed engine);

    /// Thrown when the vault has appended nothing since its last attestation there.
    error NoNewNotes(address vault, uint32 dstEid, uint64 chunks);
    /// Thrown when the last attestation there is younger than the cadence (seconds).
    error TooSoon(uint256 notBefore, uint256 time);
    /// Thrown when an engine is registered twice, is address(0), or would be the ninth.
    error BadEngine(uint32 dstEid, address engine);

    /// @notice Message type of ROOT in enforced options.
    uint16 public constant MSG_ROOT = MessageCodec.ROOT;

    /// @notice Where engines' orders arrive on this chain.
    IOrderInbox public immutable orderInbox;
    /// @notice Seconds between two attestations of one vault to one chain.
    uint64 public immutable cadence;

    mapping(uint32 dstEid => address[]) private _engines;
    mapping(address vault => mapping(uint32 dstEid => Attestation)) private _last;

    constructor(
        address endpoint_,
        address owner_,
        IOrderInbox orderInbox_,
        uint64 cadence_
    ) WiredSender(endpoint_, owner_) {
        orderInbox = orderInbox_;
        cadence = cadence_;
    }

    /// @notice Have every ROOT to `dstEid` report on this engine's domain (ORD-7). At most eight. Owner only.
    function registerEngine(uint32 dstEid, address engine) external onlyOwner {
        address[] storage engines_ = _engines[dstEid];
        if (engine == address(0) || engines_.length >= MessageCodec.MAX_DOMAINS) revert BadEngine(dstEid, engine);
        for (uint256 i = 0; i < engines_.length; i++) {
            if (engines_[i] == engine) revert BadEngine(dstEid, engine);
        }
        engines_.push(engine);
        emit EngineRegistered(dstEid, engine);
    }

    /// @inheritdoc IVaultMessenger
    function attest(
        address vault,
        uint32 dstEid,
        bytes calldata extraOptions
    ) external payable override returns (MessagingReceipt memory receipt) {
        requireWired(dstEid, MSG_ROOT);
        RootMessage memory message = _message(vault, dstEid);
        _last[vault][dstEid] = Attestation({chunks: message.chunks, time: uint64(block.timestamp)});
        receipt = _lzSend(
            dstEid,
            MessageCodec.encodeRoot(message),
            combineOptions(dstEid, MSG_ROOT, extraOptions),
            MessagingFee(msg.value, 0),
            msg.sender
        );
        emit Attested(vault, dstEid, message.root, message.chunks, msg.sender, receipt.guid);
    }

    /// @inheritdoc IVaultMessenger
    function quoteAttest(
        address vault,
        uint32 dstEid,
        bytes calldata extraOptions
    ) external view override returns (MessagingFee memory) {
        requireWired(dstEid, MSG_ROOT);
        bytes memory message = MessageCodec.encodeRoot(_message(vault, dstEid));
        return _quote(dstEid, message, combineOptions(dstEid, MSG_ROOT, extraOptions), false);
    }

    /// @inheritdoc IVaultMessenger
    function lastAttested(address vault, uint32 dstEid) external view override returns (uint64 chunks, uint64 time) {
        Attestation memory last = _last[vault][dstEid];
        return (last.chunks, last.time);
    }

    function engines(uint32 dstEid) external view returns (address[] memory) {
        return _engines[dstEid];
    }

    function _message(address vault, uint32 dstEid) private view returns (RootMessage memory message) {
        (, , , uint64 chunks) = ICollateralVault(vault).queueState();
        Attestation memory last = _last[vault][dstEid];
        if (chunks <= last.chunks) revert NoNewNotes(vault, dstEid, chunks);
        if (last.time != 0 && block.timestamp < last.time + cadence)
            revert TooSoon(last.time + cadence, block.timestamp);

        message.vault = vault;
        message.root = ICollateralVault(vault).currentRoot();
        message.chunks = chunks;
        message.sourceTime = uint64(block.timestamp);
        message.attestor = msg.sender;
        message.domains = _reports(vault, dstEid);
    }

    /// @dev No domain retires before the escape hatch exists: `retired` is part of the message and false.
    function _reports(address vault, uint32 dstEid) private view returns (DomainReport[] memory reports) {
        address[] memory engines_ = _engines[dstEid];
        reports = new DomainReport[](engines_.length);
        uint32 localEid = orderInbox.localEid();
        for (uint256 i = 0; i < engines_.length; i++) {
            uint256 domain = DomainLib.compute(localEid, vault, dstEid, engines_[i]);
            reports[i] = DomainReport({domain: domain, lastSeen: orderInbox.lastSeen(domain), retired: false});
        }
    }
}
