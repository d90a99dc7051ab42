// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MessagingFee, MessagingReceipt} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppSender.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IOrderInbox} from "../interfaces/IOrderInbox.sol";
import {IVaultMessenger} from "../interfaces/IVaultMessenger.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {DomainReport, MessageCodec, RecoveredMessage, RootMessage} from "../libraries/MessageCodec.sol";
import {WiredSender} from "./WiredSender.sol";

/// @title VaultMessenger
/// @dev Reads the vault it is given and nothing a caller says, so anyone may attest any vault; a contract that only claims to be a vault speaks for its
///      own address, which no market names.
contract VaultMessenger is IVaultMessenger, WiredSender {
    struct Attestation {
        uint64 chunks;
        uint64 time; // seconds
    }

    /// Thrown when the vault has appended nothing since its last attestation there.
    error NoNewNotes(address vault, uint32 dstEid, uint64 chunks);
    /// Thrown when the last attestation there is younger than the cadence (seconds).
    error TooSoon(uint256 notBefore, uint256 time);
    /// Thrown when no PUBLIC settlement of that lock was carried out by the vault.
    error NothingRecovered(uint256 domain, uint256 lockNullifier);

    /// @notice Message type of ROOT in enforced options.
    uint16 public constant MSG_ROOT = MessageCodec.ROOT;
    /// @notice Message type of STATUS in enforced options.
    uint16 public constant MSG_STATUS = MessageCodec.STATUS;
    /// @notice Message type of RECOVERED in enforced options.
    uint16 public constant MSG_RECOVERED = MessageCodec.RECOVERED;

    /// @notice Where engines' orders arrive on this chain.
    IOrderInbox public immutable orderInbox;
    /// @notice Seconds between two attestations of one vault to one chain.
    uint64 public immutable cadence;

    mapping(address vault => mapping(uint32 dstEid => Attestation)) private _last;
    /// @inheritdoc IVaultMessenger
    mapping(address vault => mapping(uint32 dstEid => uint256)) public override lastStatus;
    /// @inheritdoc IVaultMessenger
    mapping(uint256 domain => mapping(uint256 lockNullifier => uint256)) public override recoveredSent;

    constructor(
        address endpoint_,
        address owner_,
        IOrderInbox orderInbox_,
        uint64 cadence_
    ) WiredSender(endpoint_, owner_) {
        orderInbox = orderInbox_;
        cadence = cadence_;
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

    /// @inheritdoc IVaultMessenger
    function sendStatus(
        address vault,
        uint32 dstEid,
        bytes calldata extraOptions
    ) external payable override returns (MessagingReceipt memory receipt) {
        requireWired(dstEid, MSG_STATUS);
        bytes memory message = _status(vault, dstEid);
        lastStatus[vault][dstEid] = block.timestamp;
        receipt = _lzSend(
            dstEid,
            message,
            combineOptions(dstEid, MSG_STATUS, extraOptions),
            MessagingFee(msg.value, 0),
            msg.sender
        );
        emit StatusSent(vault, dstEid, receipt.guid);
    }

    /// @inheritdoc IVaultMessenger
    function quoteStatus(
        address vault,
        uint32 dstEid,
        bytes calldata extraOptions
    ) external view override returns (MessagingFee memory) {
        requireWired(dstEid, MSG_STATUS);
        return _quote(dstEid, _status(vault, dstEid), combineOptions(dstEid, MSG_STATUS, extraOptions), false);
    }

    /// @inheritdoc IVaultMessenger
    function sendRecovered(
        address vault,
        uint32 dstEid,
        address engine,
        uint256 lockNullifier,
        bytes calldata extraOptions
    ) external payable override returns (MessagingReceipt memory receipt) {
        requireWired(dstEid, MSG_RECOVERED);
        recoveredSent[DomainLib.compute(orderInbox.localEid(), vault, dstEid, engine)][lockNullifier] = block.timestamp;
        receipt = _lzSend(
            dstEid,
            _recovered(vault, dstEid, engine, lockNullifier),
            combineOptions(dstEid, MSG_RECOVERED, extraOptions),
            MessagingFee(msg.value, 0),
            msg.sender
        );
        emit RecoveredSent(vault, dstEid, engine, lockNullifier, receipt.guid);
    }

    /// @inheritdoc IVaultMessenger
    function quoteRecovered(
        address vault,
        uint32 dstEid,
        address engine,
        uint256 lockNullifier,
        bytes calldata extraOptions
    ) external view override returns (MessagingFee memory) {
        requireWired(dstEid, MSG_RECOVERED);
        bytes memory message = _recovered(vault, dstEid, engine, lockNullifier);
        return _quote(dstEid, message, combineOptions(dstEid, MSG_RECOVERED, extraOptions), false);
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

    function _status(address vault, uint32 dstEid) private view returns (bytes memory) {
        uint256 last = lastStatus[vault][dstEid];
        if (last != 0 && block.timestamp < last + cadence) revert TooSoon(last + cadence, block.timestamp);
        return MessageCodec.encodeStatus(vault, uint64(block.timestamp), _reports(vault, dstEid));
    }

    function _recovered(
        address vault,
        uint32 dstEid,
        address engine,
        uint256 lockNullifier
    ) private view returns (bytes memory) {
        uint256 domain = DomainLib.compute(orderInbox.localEid(), vault, dstEid, engine);
        (bool settled, uint256 lo, uint256 hi) = ICollateralVault(vault).payoutOf(domain, lockNullifier);
        if (!settled) revert NothingRecovered(domain, lockNullifier);
        return MessageCodec.encodeRecovered(RecoveredMessage(vault, engine, lockNullifier, lo, hi));
    }

    /// @dev Before an engine's first heartbeat its registration is the last that is known of it.
    function _reports(address vault, uint32 dstEid) private view returns (DomainReport[] memory reports) {
        address[] memory engines = orderInbox.engines(dstEid);
        reports = new DomainReport[](engines.length);
        uint32 localEid = orderInbox.localEid();
        for (uint256 i = 0; i < engines.length; i++) {
            uint256 domain = DomainLib.compute(localEid, vault, dstEid, engines[i]);
            uint64 seen = orderInbox.lastSeen(domain);
            uint64 registered = orderInbox.registeredAt(dstEid, engines[i]);
            reports[i] = DomainReport({
                domain: domain,
                lastSeen: seen > registered ? seen : registered,
                retired: orderInbox.isRetired(domain)
            });
        }
    }
}
