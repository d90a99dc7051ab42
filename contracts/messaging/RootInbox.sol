// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Origin} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {IRootInbox} from "../interfaces/IRootInbox.sol";
import {DomainReport, MessageCodec, RootMessage} from "../libraries/MessageCodec.sol";
import {WiredReceiver} from "./WiredReceiver.sol";

/// @title RootInbox
/// @dev Idempotent and unordered: `latest` only moves to more chunks, times only grow, retirement stays. Roots are kept in a mapping; a ring could be
///      spammed out.
contract RootInbox is IRootInbox, WiredReceiver {
    /// One word a root.
    struct RootRecord {
        address attestor; // the first
        uint64 sourceTime; // seconds
        uint32 chunks; // the tree has at most 2^28
    }

    struct DomainRecord {
        uint64 lastSeen; // S's time, seconds
        bool retired;
    }

    event DomainReported(
        uint32 indexed srcEid,
        address indexed vault,
        uint256 indexed domain,
        uint64 lastSeen,
        bool retired
    );

    /// Thrown when a root claims more chunks than a tree has, or none.
    error BadChunkCount(uint64 chunks);

    mapping(uint32 srcEid => mapping(address vault => uint256)) private _latest;
    mapping(uint32 srcEid => mapping(address vault => mapping(uint256 root => RootRecord))) private _roots;
    mapping(uint32 srcEid => mapping(address vault => mapping(uint256 domain => DomainRecord))) private _domains;

    constructor(address endpoint_, address owner_) WiredReceiver(endpoint_, owner_) {}

    /// @inheritdoc IRootInbox
    function rootTime(uint32 srcEid, address vault, uint256 root) external view override returns (uint64 sourceTime) {
        return _roots[srcEid][vault][root].sourceTime;
    }

    /// @inheritdoc IRootInbox
    function latest(
        uint32 srcEid,
        address vault
    ) external view override returns (uint256 root, uint64 chunks, uint64 sourceTime, address attestor) {
        root = _latest[srcEid][vault];
        RootRecord memory record = _roots[srcEid][vault][root];
        return (root, record.chunks, record.sourceTime, record.attestor);
    }

    /// @inheritdoc IRootInbox
    function rootOrigin(
        uint32 srcEid,
        address vault,
        uint256 root
    ) external view override returns (address attestor, uint64 chunks) {
        RootRecord memory record = _roots[srcEid][vault][root];
        return (record.attestor, record.chunks);
    }

    /// @inheritdoc IRootInbox
    function domainState(
        uint32 srcEid,
        address vault,
        uint256 domain
    ) external view override returns (uint64 lastSeen, bool retired) {
        DomainRecord memory record = _domains[srcEid][vault][domain];
        return (record.lastSeen, record.retired);
    }

    function _lzReceive(
        Origin calldata origin,
        bytes32,
        bytes calldata message,
        address,
        bytes calldata
    ) internal override {
        RootMessage memory decoded = MessageCodec.decodeRoot(message);
        if (decoded.chunks == 0 || decoded.chunks > type(uint32).max) revert BadChunkCount(decoded.chunks);
        _recordRoot(origin.srcEid, decoded);
        for (uint256 i = 0; i < decoded.domains.length; i++) {
            _recordDomain(origin.srcEid, decoded.vault, decoded.domains[i]);
        }
    }

    function _recordRoot(uint32 srcEid, RootMessage memory message) private {
        mapping(uint256 root => RootRecord) storage roots = _roots[srcEid][message.vault];
        RootRecord memory record = roots[message.root];
        // S's clock may run ahead; a root's age here is never negative.
        uint64 time = message.sourceTime < block.timestamp ? message.sourceTime : uint64(block.timestamp);
        if (record.sourceTime == 0) {
            record = RootRecord({attestor: message.attestor, sourceTime: time, chunks: uint32(message.chunks)});
        } else if (time > record.sourceTime) {
            record.sourceTime = time;
        }
        roots[message.root] = record;
        if (message.chunks > roots[_latest[srcEid][message.vault]].chunks)
            _latest[srcEid][message.vault] = message.root;
        emit RootReceived(srcEid, message.vault, message.root, message.chunks, message.sourceTime, message.attestor);
    }

    function _recordDomain(uint32 srcEid, address vault, DomainReport memory report) private {
        DomainRecord memory record = _domains[srcEid][vault][report.domain];
        bool isNew = report.lastSeen > record.lastSeen || (report.retired && !record.retired);
        if (!isNew) return;
        if (report.lastSeen > record.lastSeen) record.lastSeen = report.lastSeen;
        record.retired = record.retired || report.retired;
        _domains[srcEid][vault][report.domain] = record;
        emit DomainReported(srcEid, vault, report.domain, record.lastSeen, record.retired);
    }
}
