import type { Deployment } from "../client/deployment.ts";
import type { MadeMarginProof } from "../actions/marginProof.ts";

/** All that a margin proof leaves to its prover, but the root. */
const terms = [
  { name: "sourceId", type: "uint32" },
  { name: "lockNullifier", type: "uint256" },
  { name: "coverage", type: "uint64" },
  { name: "snapshot", type: "uint32" },
  { name: "floorBps", type: "uint16" },
  { name: "profile", type: "uint8" },
  { name: "riskVersion", type: "uint32" },
  { name: "expiry", type: "uint40" },
  { name: "deadline", type: "uint40" },
] as const;

/** EIP-712 type of an opening that another submits (docs/encodings.md). */
export const openTypes = {
  Open: [
    { name: "market", type: "bytes32" },
    { name: "salt", type: "bytes32" },
    { name: "borrowAssets", type: "uint256" },
    { name: "receiver", type: "address" },
    { name: "submitter", type: "address" },
    { name: "fee", type: "uint256" },
    ...terms,
  ],
} as const;

/** EIP-712 type of a refresh that another submits (docs/encodings.md). */
export const refreshTypes = {
  Refresh: [
    { name: "account", type: "bytes32" },
    { name: "nonce", type: "uint64" },
    { name: "submitter", type: "address" },
    { name: "fee", type: "uint256" },
    ...terms,
  ],
} as const;

/** EIP-712 domain of the engine. */
export const signingDomain = ({ marginChain }: Deployment) =>
  ({ name: "Hypothec", version: "1", chainId: marginChain.chainId, verifyingContract: marginChain.engine }) as const;

/** The terms of a proof, as they are signed. */
export const termsOf = ({ call, coverage }: Pick<MadeMarginProof, "call" | "coverage">) => ({
  sourceId: call.sourceId,
  lockNullifier: call.lockNullifier,
  coverage: coverage.value,
  snapshot: call.snapshot,
  floorBps: call.floorBps,
  profile: call.profile,
  riskVersion: call.riskVersion,
  expiry: call.expiry,
  deadline: call.deadline,
});
