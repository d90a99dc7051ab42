import { parseAbi } from "viem";

/** What is read and set of LayerZero V2's own contracts (`EndpointV2`, `SendUln302`, `ReceiveUln302`) when an OApp is wired. */
export const endpointAbi = parseAbi([
  "struct SetConfigParam { uint32 eid; uint32 configType; bytes config; }",
  "function eid() view returns (uint32)",
  "function delegates(address oapp) view returns (address)",
  "function getSendLibrary(address oapp, uint32 dstEid) view returns (address)",
  "function isDefaultSendLibrary(address oapp, uint32 dstEid) view returns (bool)",
  "function getReceiveLibrary(address oapp, uint32 srcEid) view returns (address lib, bool isDefault)",
  "function receiveLibraryTimeout(address oapp, uint32 srcEid) view returns (address lib, uint256 expiry)",
  "function setSendLibrary(address oapp, uint32 dstEid, address newLib)",
  "function setReceiveLibrary(address oapp, uint32 srcEid, address newLib, uint256 gracePeriod)",
  "function setReceiveLibraryTimeout(address oapp, uint32 srcEid, address lib, uint256 expiry)",
  "function setConfig(address oapp, address lib, SetConfigParam[] params)",
  "error LZ_SameValue()",
  "error LZ_Unauthorized()",
  "error LZ_OnlyRegisteredLib()",
  "error LZ_OnlyRegisteredOrDefaultLib()",
  "error LZ_UnsupportedEid()",
  "error LZ_ULN_Unsorted()",
]);

/** Settings of one OApp towards one chain, as stored: 0 = "the default", 255 DVNs or 2^64 − 1 confirmations = "none". */
export const ulnAbi = parseAbi([
  "struct UlnConfig { uint64 confirmations; uint8 requiredDVNCount; uint8 optionalDVNCount; uint8 optionalDVNThreshold; address[] requiredDVNs; address[] optionalDVNs; }",
  "function getAppUlnConfig(address oapp, uint32 remoteEid) view returns (UlnConfig)",
  "function executorConfigs(address oapp, uint32 remoteEid) view returns (uint32 maxMessageSize, address executor)",
]);

/** What every OApp has (packages `oapp-evm`). */
export const oappAbi = parseAbi([
  "struct EnforcedOptionParam { uint32 eid; uint16 msgType; bytes options; }",
  "function endpoint() view returns (address)",
  "function owner() view returns (address)",
  "function peers(uint32 eid) view returns (bytes32)",
  "function setPeer(uint32 eid, bytes32 peer)",
  "function enforcedOptions(uint32 eid, uint16 msgType) view returns (bytes)",
  "function setEnforcedOptions(EnforcedOptionParam[] enforcedOptions)",
  "error OwnableUnauthorizedAccount(address account)",
]);

/** Who knows whom among Hypothec's own contracts. */
export const linksAbi = parseAbi([
  "function orderInbox() view returns (address)",
  "function recoveryVault() view returns (address)",
  "function localEid() view returns (uint32)",
  "function engines(uint32 dstEid) view returns (address[])",
  "function engine() view returns (address)",
  "function rootInbox() view returns (address)",
  "function orderQueue() view returns (address)",
  "function priceBoard() view returns (address)",
  "function batch16Verifier() view returns (address)",
  "function batch64Verifier() view returns (address)",
  "function transactVerifier() view returns (address)",
  "function settleVerifier() view returns (address)",
  "function verifier() view returns (address)",
]);
