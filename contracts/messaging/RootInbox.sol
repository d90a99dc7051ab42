// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Origin} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {IRootInbox} from "../interfaces/IRootInbox.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {DomainReport, MessageCodec, RecoveredMessage, RootMessage} from "../libraries/MessageCodec.sol";
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
        uint64 reportedAt; // S's time of the newest report, never later than ours when it came, seconds
        uint64 lastSeen; // D's time as S heard of it, never later than ours when the report came, seconds
        bool retired;
    }

    /// What a PUBLIC settlement seized.
    struct Recovery {
        bool known;
        uint256 lo;
        uint256 hi;
    }

    event DomainReported(
        uint32 indexed srcEid,
        address indexed vault,
        uint256 indexed domain,
        uint64 reportedAt,
        uint64 lastSeen,
        bool retired
    );
    event RecoveredReceived(uint256 indexed domain, uint256 indexed lockNullifier, uint256 lo, uint256 hi);

    /// Thrown when a root claims more chunks than a tree has, or none.
    error BadChunkCount(uint64 chunks);

    mapping(uint32 srcEid => mapping(address vault => uint256)) private _latest;
    mapping(uint32 srcEid => mapping(address vault => mapping(uint256 root => RootRecord))) private _roots;
    mapping(uint32 srcEid => mapping(address vault => mapping(uint256 domain => DomainRecord))) private _domains;
    mapping(uint256 domain => mapping(uint256 lockNullifier => Recovery)) private _recovered;
    uint32 private immutable _localEid;

    constructor(address endpoint_, address owner_) WiredReceiver(endpoint_, owner_) {
        _localEid = endpoint.eid();
    }

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
    function openingState(
        uint32 srcEid,
        address vault,
        uint256 root,
        uint256 domain
    )
        external
        view
        override
        returns (uint64 sourceTime, address attestor, uint64 reportedAt, uint64 lastSeen, bool retired)
    {
        (reportedAt, lastSeen, retired) = domainState(srcEid, vault, domain);
        RootRecord storage record = _roots[srcEid][vault][root];
        (attestor, sourceTime) = (record.attestor, record.sourceTime);
    }

    /// @inheritdoc IRootInbox
    function domainState(
        uint32 srcEid,
        address vault,
        uint256 domain
    ) public view override returns (uint64 reportedAt, uint64 lastSeen, bool retired) {
        DomainRecord memory record = _domains[srcEid][vault][domain];
        return (record.reportedAt, record.lastSeen, record.retired);
    }

    /// @inheritdoc IRootInbox
    function recovered(
        uint32 srcEid,
        address vault,
        address engine,
        uint256 lockNullifier
    ) external view override returns (bool known, uint256 lo, uint256 hi) {
        Recovery memory r = _recovered[DomainLib.compute(srcEid, vault, _localEid, engine)][lockNullifier];
        return (r.known, r.lo, r.hi);
    }

    function _lzReceive(
        Origin calldata origin,
        bytes32,
        bytes calldata message,
        address,
        bytes calldata
    ) internal override {
        uint8 kind = message.length == 0 ? 0 : uint8(message[0]);
        if (kind == MessageCodec.STATUS) {
            (address vault, uint64 sourceTime, DomainReport[] memory reports) = MessageCodec.decodeStatus(message);
            _recordDomains(origin.srcEid, vault, sourceTime, reports);
        } else if (kind == MessageCodec.RECOVERED) {
            _recordRecovered(origin.srcEid, MessageCodec.decodeRecovered(message));
        } else {
            RootMessage memory decoded = MessageCodec.decodeRoot(message);
            if (decoded.chunks == 0 || decoded.chunks > type(uint32).max) revert BadChunkCount(decoded.chunks);
            _recordRoot(origin.srcEid, decoded);
            _recordDomains(origin.srcEid, decoded.vault, decoded.sourceTime, decoded.domains);
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

    function _recordDomains(uint32 srcEid, address vault, uint64 sourceTime, DomainReport[] memory reports) private {
        uint64 time = sourceTime < block.timestamp ? sourceTime : uint64(block.timestamp);
        for (uint256 i = 0; i < reports.length; i++) {
            DomainReport memory report = reports[i];
            DomainRecord memory record = _domains[srcEid][vault][report.domain];
            if (time > record.reportedAt) record.reportedAt = time;
            // It only grows: a time that nobody has lived to see would count for ever.
            uint64 seen = report.lastSeen < block.timestamp ? report.lastSeen : uint64(block.timestamp);
            if (seen > record.lastSeen) record.lastSeen = seen;
            record.retired = record.retired || report.retired;
            _domains[srcEid][vault][report.domain] = record;
            emit DomainReported(srcEid, vault, report.domain, record.reportedAt, record.lastSeen, record.retired);
        }
    }

    function _recordRecovered(uint32 srcEid, RecoveredMessage memory message) private {
        uint256 domain = DomainLib.compute(srcEid, message.vault, _localEid, message.engine);
        Recovery storage r = _recovered[domain][message.lockNullifier];
        if (r.known) return; // sent again
        (r.known, r.lo, r.hi) = (true, message.lo, message.hi);
        emit RecoveredReceived(domain, message.lockNullifier, message.lo, message.hi);
    }
}
