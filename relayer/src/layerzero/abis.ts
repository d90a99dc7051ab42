import { parseAbi } from "viem";

/** What the relayer calls of LayerZero V2's own contracts (packages lz-evm-protocol-v2, lz-evm-messagelib-v2). */
export const endpointAbi = parseAbi([
  "struct Origin { uint32 srcEid; bytes32 sender; uint64 nonce; }",
  "event PacketSent(bytes encodedPayload, bytes options, address sendLibrary)",
  "event LzReceiveAlert(address indexed receiver, address indexed executor, Origin origin, bytes32 guid, uint256 gas, uint256 value, bytes message, bytes extraData, bytes reason)",
  "function eid() view returns (uint32)",
  "function inboundPayloadHash(address receiver, uint32 srcEid, bytes32 sender, uint64 nonce) view returns (bytes32)",
  "function lazyInboundNonce(address receiver, uint32 srcEid, bytes32 sender) view returns (uint64)",
  "function inboundNonce(address receiver, uint32 srcEid, bytes32 sender) view returns (uint64)",
  "function initializable(Origin origin, address receiver) view returns (bool)",
  "function verifiable(Origin origin, address receiver) view returns (bool)",
  "function lzReceive(Origin origin, address receiver, bytes32 guid, bytes message, bytes extraData) payable",
]);

export const receiveUlnAbi = parseAbi([
  "struct UlnConfig { uint64 confirmations; uint8 requiredDVNCount; uint8 optionalDVNCount; uint8 optionalDVNThreshold; address[] requiredDVNs; address[] optionalDVNs; }",
  "function getUlnConfig(address oapp, uint32 remoteEid) view returns (UlnConfig)",
  "function hashLookup(bytes32 headerHash, bytes32 payloadHash, address dvn) view returns (bool submitted, uint64 confirmations)",
  "function verifiable(UlnConfig config, bytes32 headerHash, bytes32 payloadHash) view returns (bool)",
  "function verify(bytes packetHeader, bytes32 payloadHash, uint64 confirmations)",
  "function commitVerification(bytes packetHeader, bytes32 payloadHash)",
]);

export const dvnAbi = parseAbi([
  "struct ExecuteParam { uint32 vid; address target; bytes callData; uint256 expiration; bytes signatures; }",
  "function vid() view returns (uint32)",
  "function quorum() view returns (uint64)",
  "function isSigner(address signer) view returns (bool)",
  "function hasRole(bytes32 role, address account) view returns (bool)",
  "function execute(ExecuteParam[] params)",
  "event VerifySignaturesFailed(uint256 idx)",
  "event ExecuteFailed(uint256 _index, bytes _data)",
]);

export const executorAbi = parseAbi([
  "struct Origin { uint32 srcEid; bytes32 sender; uint64 nonce; }",
  "struct ExecutionParams { address receiver; Origin origin; bytes32 guid; bytes message; bytes extraData; uint256 gasLimit; }",
  "function hasRole(bytes32 role, address account) view returns (bool)",
  "function execute302(ExecutionParams params) payable",
]);

export const layerZeroErrorsAbi = parseAbi([
  "error LZ_ULN_Verifying()",
  "error LZ_ULN_InvalidPacketHeader()",
  "error LZ_ULN_InvalidEid()",
  "error LZ_PathNotInitializable()",
  "error LZ_PathNotVerifiable()",
  "error LZ_InvalidReceiveLibrary()",
  "error LZ_InvalidNonce(uint64 nonce)",
  "error LZ_PayloadHashNotFound(bytes32 expected, bytes32 actual)",
  "error LZ_InsufficientFee(uint256 requiredNative, uint256 suppliedNative, uint256 requiredLzToken, uint256 suppliedLzToken)",
  "error LZ_DefaultSendLibUnavailable()",
  "error LZ_DefaultReceiveLibUnavailable()",
  "error DVN_InvalidSignatures()",
]);
