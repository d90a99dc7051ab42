import { numberToHex, zeroHash, type Address, type Hex } from "viem";

import { accountOf, type HypothecClient } from "../client/client.ts";
import { findMarket } from "../client/deployment.ts";
import type { VaultState } from "../client/vaultState.ts";
import { reading } from "../client/write.ts";
import { HypothecError } from "../errors/base.ts";
import { lockNullifierOf, type Note } from "../notes/note.ts";
import {
  maxCoverage,
  parseCoverage,
  roundCoverageDown,
  type Coverage,
  type RiskParameters,
} from "../proofs/coverage.ts";
import { MarginAction, marginExt } from "../proofs/ext.ts";
import { assertControllerOf, assertLockOf, marginWitness, type MarginWitness } from "../proofs/margin.ts";
import type { Prover, ZkProof } from "../proofs/types.ts";
import { CHUNK_LEAVES, type TreePath } from "../tree/noteTree.ts";
import {
  getAccount,
  getAuction,
  getFloors,
  getLatestRoot,
  getLock,
  getMarket,
  getRisk,
  getSource,
} from "./marginReads.ts";
import { assertPrices, pickSnapshot } from "./snapshot.ts";

export interface MarginProofParameters {
  /** Id or name. */
  readonly market: string;
  /** The lock note, from scanNotes. */
  readonly lock: Note;
  readonly state: VaultState;
  readonly prover: Prover;
  /** M in µUSD with two significant digits, or "max": the most the lock can prove and the market takes. @default "max" */
  readonly coverage?: bigint | "max" | undefined;
  /** Floors as a fraction of the snapshot: 10000, 9000, 7500 or 5000. Lower ones last longer and prove less. @default 9000 */
  readonly floorBps?: number | undefined;
  /** Index into the market's profiles: which slots to rely on. @default 0 */
  readonly profile?: number | undefined;
  /** @default the latest if young enough, else a new one is taken (a transaction) */
  readonly snapshot?: number | undefined;
  /** @default the risk set's current one */
  readonly riskVersion?: number | undefined;
  /** Seconds since 1970 until which the proof counts as coverage. @default as long as the market allows */
  readonly expiry?: number | undefined;
  /** Seconds since 1970 until which the call is good. @default an hour after the latest block */
  readonly deadline?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the proof is made for. */
export interface MarginPurpose {
  readonly action: MarginAction;
  readonly account: Hex;
  readonly nonce: bigint;
  /** The lock's controller. */
  readonly controller: Address;
  /** Who sends it. @default the client's account */
  readonly caller?: Address | undefined;
  /** What the account borrows for the caller (FEE-3), debt token units. @default 0n */
  readonly fee?: bigint | undefined;
}

/** Solidity's MarginProof. */
export interface MarginProofCall {
  readonly sourceId: number;
  readonly root: bigint;
  readonly lockNullifier: bigint;
  readonly coverageMantissa: number;
  readonly coverageExponent: number;
  readonly snapshot: number;
  readonly floorBps: number;
  readonly profile: number;
  readonly riskVersion: number;
  readonly expiry: number;
  readonly deadline: number;
  readonly ephemeral: { readonly x: bigint; readonly y: bigint };
  readonly sealedOpening: readonly [bigint, bigint, bigint, bigint, bigint];
  readonly zk: ZkProof;
}

export interface MadeMarginProof {
  readonly call: MarginProofCall;
  readonly coverage: Coverage;
  /** What a new lock pays its attestor (FEE-2), wei; 0n where none is due. */
  readonly attestationFee: bigint;
  /** Milliseconds that the proof took. */
  readonly provingMs: number;
}

const HOUR = 3600;
const NO_RISK: RiskParameters = { haircuts: new Array<bigint>(8).fill(0n), risk: new Array<bigint>(36).fill(0n) };
const WHOLE = 10_000n;
/** A value is a value: nothing is taken off, for nothing but the basket itself is stated. */
const NO_HAIRCUTS: RiskParameters = {
  haircuts: new Array<bigint>(8).fill(WHOLE),
  risk: new Array<bigint>(36).fill(0n),
};
const MAX_COVERAGE = (1n << 64n) - 1n;
const NO_FLOORS = new Array<bigint>(8).fill(0n);

/**
 * A margin proof for an account, at current floors, under the newest root that the margin chain knows.
 *
 * @throws HypothecError `root.*`, `lock.used`, `market.profile`, `price.missing`, `coverage.*`, `proof.*`.
 */
export async function makeMarginProof(
  client: HypothecClient,
  parameters: MarginProofParameters,
  purpose: MarginPurpose,
): Promise<MadeMarginProof> {
  const { market, lock, floorBps = 9000, profile = 0 } = parameters;
  assertLockOf(lock, client.domain);
  assertControllerOf(lock, purpose.controller);
  const path = await attestedPath(client, parameters.state, lock);
  const [{ config, trusteeKey }, source, now] = await Promise.all([
    getMarket(client, market),
    getSource(client, { market }),
    marginTime(client),
  ]);
  let held = 0n;
  if (purpose.action === MarginAction.refresh) held = await coverageOf(client, lock);
  else await assertNewLock(client, lock, { maxRootAge: source.maxRootAge, now });
  const reliedOn = config.profiles[profile];
  if (reliedOn === undefined) {
    throw new HypothecError(`The market has no profile ${profile}`, {
      code: "market.profile",
      whatToDo: `Use 0 to ${config.profiles.length - 1}.`,
    });
  }
  const snapshot =
    parameters.snapshot ??
    (await pickSnapshot(client, { setId: source.setId, maxAgeSeconds: config.maxSnapshotAgeSeconds, reliedOn }));
  const [floorsX64, { version: riskVersion, ...risk }] = await Promise.all([
    getFloors(client, { market, snapshot, floorBps, profile }),
    getRisk(client, {
      riskSet: source.riskSet,
      ...(parameters.riskVersion === undefined ? {} : { version: parameters.riskVersion }),
    }),
  ]);
  assertPrices(floorsX64, reliedOn);
  const coverage = chooseCoverage(parameters, floorsX64, risk, mostCoverage(source, held));
  const terms: Terms = {
    sourceId: findMarket(client.deployment, market).sourceId,
    snapshot,
    floorBps,
    profile,
    riskVersion,
    coverage,
    expiry: parameters.expiry ?? now + config.maxProofAgeSeconds,
    deadline: parameters.deadline ?? now + HOUR,
  };
  const made = await prove(client, parameters, purpose, { path, floorsX64, risk, trusteeKey, terms });
  return purpose.action === MarginAction.refresh ? made : { ...made, attestationFee: config.attestationFee };
}

/** The proof that sends a never-used lock home (ACC-7 i): coverage, floors and risk are 0, and nothing else is looked at. */
export async function makeUnusedProof(
  client: HypothecClient,
  parameters: Pick<MarginProofParameters, "market" | "lock" | "state" | "prover" | "deadline" | "signal">,
): Promise<MadeMarginProof> {
  const { market, lock } = parameters;
  const path = await attestedPath(client, parameters.state, lock);
  const [{ trusteeKey }, now] = await Promise.all([getMarket(client, market), marginTime(client)]);
  const deadline = parameters.deadline ?? now + HOUR;
  const terms: Terms = {
    sourceId: findMarket(client.deployment, market).sourceId,
    snapshot: 0,
    floorBps: 0,
    profile: 0,
    riskVersion: 0,
    coverage: { mantissa: 0, exponent: 0, value: 0n },
    expiry: deadline,
    deadline,
  };
  const purpose: MarginPurpose = {
    action: MarginAction.releaseUnused,
    account: zeroHash,
    nonce: 0n,
    controller: accountOf(client, "margin"),
  };
  return prove(client, parameters, purpose, { path, floorsX64: NO_FLOORS, risk: NO_RISK, trusteeKey, terms });
}

/**
 * The proof of what a lock in auction is worth at the auction's last seizure prices (LIQ-7), for whoever knows its opening.
 *
 * @throws HypothecError `auction.none`, `root.*`, `coverage.*`, `proof.*`.
 */
export async function makeValuationProof(
  client: HypothecClient,
  parameters: Pick<
    MarginProofParameters,
    "market" | "lock" | "state" | "prover" | "coverage" | "deadline" | "signal"
  > & { readonly account: Hex },
): Promise<MadeMarginProof> {
  const { market, lock, account } = parameters;
  const path = await attestedPath(client, parameters.state, lock);
  const lockNullifier = lockNullifierOf(lock.blinding, lock.leafIndex);
  const [{ trusteeKey }, source, auction, { controller }, now] = await Promise.all([
    getMarket(client, market),
    getSource(client, { market }),
    getAuction(client, { account, lockNullifier }),
    getAccount(client, account),
    marginTime(client),
  ]);
  if (auction.startedAt === 0) {
    throw new HypothecError("The lock is not in auction", {
      code: "auction.none",
      args: { lockNullifier },
      whatToDo: "Value it when its claim is for sale.",
    });
  }
  const { haircuts } = await getRisk(client, { riskSet: source.riskSet, version: auction.riskVersion });
  const floorsX64 = auction.frozenPricesX64.map((price, i) => (price * haircuts[i]! + WHOLE - 1n) / WHOLE);
  const coverage = chooseCoverage(parameters, floorsX64, NO_HAIRCUTS, MAX_COVERAGE);
  const deadline = parameters.deadline ?? now + HOUR;
  const terms: Terms = {
    sourceId: findMarket(client.deployment, market).sourceId,
    snapshot: 0,
    floorBps: 0,
    profile: 0,
    riskVersion: 0,
    coverage,
    expiry: deadline,
    deadline,
  };
  const purpose = { action: MarginAction.valuation, account, nonce: BigInt(auction.startedAt), controller };
  return prove(client, parameters, purpose, { path, floorsX64, risk: NO_HAIRCUTS, trusteeKey, terms });
}

/**
 * The path of a note under the newest root that the margin chain knows.
 *
 * @throws HypothecError `root.none`, `root.notSynced`, `root.different`, `root.lockNotAttested`.
 */
export async function attestedPath(
  client: HypothecClient,
  state: VaultState,
  note: Pick<Note, "leafIndex">,
): Promise<TreePath> {
  const { root, chunks } = await getLatestRoot(client);
  if (root === 0n) {
    throw new HypothecError("The margin chain knows no root of this vault yet", {
      code: "root.none",
      whatToDo: "Have one attested (requestAttestation) and wait until it is delivered.",
    });
  }
  if (chunks > state.tree.chunks) {
    throw new HypothecError(
      `The margin chain knows ${chunks} chunks of the vault, the state only ${state.tree.chunks}`,
      {
        code: "root.notSynced",
        whatToDo: "Sync the vault's state.",
      },
    );
  }
  if (state.tree.rootAt(chunks) !== root) {
    throw new HypothecError("The root that the margin chain knows is not one of this vault's", {
      code: "root.different",
      args: { root, chunks },
      whatToDo: "Do not prove under it. Sync again; if it stays, warn the market's operators.",
    });
  }
  if (note.leafIndex >= chunks * CHUNK_LEAVES) {
    throw new HypothecError(
      `The lock is in chunk ${Math.floor(note.leafIndex / CHUNK_LEAVES)}, the margin chain knows ${chunks} chunks`,
      {
        code: "root.lockNotAttested",
        args: { leafIndex: note.leafIndex, chunks },
        whatToDo: "Wait until its batch is appended and attested, or call requestAttestation.",
      },
    );
  }
  return state.tree.path(note.leafIndex, { chunks });
}

/** What the engine asks of a lock that is new to it. Here it costs neither a proof nor a snapshot. */
async function assertNewLock(
  client: HypothecClient,
  lock: Note,
  { maxRootAge, now }: { maxRootAge: number; now: number },
): Promise<void> {
  const lockNullifier = lockNullifierOf(lock.blinding, lock.leafIndex);
  const [{ state }, { sourceTime }] = await Promise.all([
    getLock(client, { domain: lock.domain, lockNullifier }),
    getLatestRoot(client),
  ]);
  if (state !== 0) {
    throw new HypothecError("This lock backs an account already, or did once", {
      code: "lock.used",
      args: { lockNullifier, state },
      whatToDo: "Use another lock: each is good for one account, once.",
    });
  }
  if (Number(sourceTime) + maxRootAge < now) {
    const sent = new Date(1000 * Number(sourceTime)).toISOString();
    throw new HypothecError(`The newest root was sent at ${sent}, more than ${maxRootAge} s ago`, {
      code: "root.tooOld",
      args: { sourceTime, maxRootAge, now },
      whatToDo: "Have a newer root attested (requestAttestation). There is none before the vault appends another note.",
    });
  }
}

type Terms = Pick<
  MarginProofCall,
  "sourceId" | "snapshot" | "floorBps" | "profile" | "riskVersion" | "expiry" | "deadline"
> & {
  readonly coverage: Coverage;
};

interface ProofData {
  readonly path: TreePath;
  readonly floorsX64: readonly bigint[];
  readonly risk: RiskParameters;
  readonly trusteeKey: { readonly x: bigint; readonly y: bigint };
  readonly terms: Terms;
}

async function prove(
  client: HypothecClient,
  { lock, market, prover, signal }: Pick<MarginProofParameters, "lock" | "market" | "prover" | "signal">,
  { action, account, nonce, controller, caller, fee = 0n }: MarginPurpose,
  { path, floorsX64, risk, trusteeKey, terms }: ProofData,
): Promise<MadeMarginProof> {
  const { coverage, ...named } = terms;
  const { chainId, engine } = client.deployment.marginChain;
  const ext = marginExt({
    chainId,
    engine,
    market: findMarket(client.deployment, market).id,
    action,
    account,
    accountNonce: nonce,
    caller: caller ?? accountOf(client, "margin"),
    fee,
    snapshot: named.snapshot,
    riskVersion: named.riskVersion,
    expiry: named.expiry,
    deadline: named.deadline,
  });
  const witness: MarginWitness = marginWitness({
    ...risk,
    lock,
    path,
    domain: client.domain,
    controller,
    coverage: coverage.value,
    floorsX64,
    trusteeKey,
    ext,
  });
  const started = performance.now();
  const zk = await prover.prove(witness, { signal });
  const call: MarginProofCall = {
    ...named,
    root: path.root,
    lockNullifier: witness.lockNullifier,
    coverageMantissa: coverage.mantissa,
    coverageExponent: coverage.exponent,
    ephemeral: witness.ephemeral,
    sealedOpening: witness.sealedOpening as MarginProofCall["sealedOpening"],
    zk,
  };
  return { call, coverage, attestationFee: 0n, provingMs: performance.now() - started };
}

/** M that a lock has now, µUSD. */
async function coverageOf(client: HypothecClient, lock: Note): Promise<bigint> {
  const lockNullifier = lockNullifierOf(lock.blinding, lock.leafIndex);
  return (await getLock(client, { domain: lock.domain, lockNullifier })).coverage;
}

type SourceRoom = Pick<
  Awaited<ReturnType<typeof getSource>>,
  "maxCoveragePerLock" | "exposureCap" | "exposure" | "coverageAvailable"
>;

/**
 * The largest M that the market takes of a lock which has `held` now. What it has it may keep, whatever the limits. Where there is no
 * room for two digits more the contract's own refusal says when there will be: the limit of a lock is returned.
 */
export function mostCoverage(source: SourceRoom, held: bigint): bigint {
  const { maxCoveragePerLock, exposureCap, exposure, coverageAvailable } = source;
  const left = exposureCap > exposure ? exposureCap - exposure : 0n;
  const most = held + (left < coverageAvailable ? left : coverageAvailable);
  if (roundCoverageDown(most).value === 0n) return maxCoveragePerLock;
  const capped = most < maxCoveragePerLock ? most : maxCoveragePerLock;
  return capped < held ? held : capped;
}

function chooseCoverage(
  { coverage = "max", lock }: Pick<MarginProofParameters, "coverage" | "lock">,
  floorsX64: readonly bigint[],
  risk: RiskParameters,
  most: bigint,
): Coverage {
  if (coverage === 0n) {
    throw new HypothecError("A coverage of 0 backs nothing", {
      code: "coverage.zero",
      whatToDo: "Ask for more than 0, or send the lock home with releaseUnused.",
    });
  }
  if (coverage !== "max") return parseCoverage(coverage);
  const provable = maxCoverage({ amounts: lock.amounts, floorsX64, ...risk });
  const chosen = provable.value <= most ? provable : roundCoverageDown(most);
  if (chosen.value === 0n) {
    throw new HypothecError("The lock covers nothing at these floors", {
      code: "proof.coverage",
      args: { max: 0n },
      whatToDo: "Check that it holds assets of the profile that is relied on, or use higher floors.",
    });
  }
  return chosen;
}

/** Time of the margin chain's latest block, seconds. */
function marginTime(client: HypothecClient): Promise<number> {
  return reading(client, "margin", "reading the time", async () =>
    Number((await client.margin.public.getBlock()).timestamp),
  );
}

/** A random salt of an account. */
export function randomSalt(): Hex {
  const words = globalThis.crypto.getRandomValues(new BigUint64Array(4));
  return numberToHex(
    words.reduce((salt, word) => (salt << 64n) + word, 0n),
    { size: 32 },
  );
}
