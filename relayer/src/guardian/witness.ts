import { MarginAction, marginExt, marginWitness, parseCoverage, type ZkProof } from "@hypothec/sdk";
import type { Hex } from "viem";
import type { WitnessBuilder } from "../prover/worker.ts";
import type { RoleContext } from "../runtime/context.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { OpeningBook } from "./openings.ts";
import type { GuardianReads } from "./reads.ts";
import type { Terms } from "./terms.ts";

/** What to prove, by reference: nothing that is not public once it is sent. */
export type RefreshRequest = { guardian: true; account: Hex; nonce: bigint; terms: Terms };

/** The proof's part of the call, as stored. */
export type RefreshCall = Omit<Terms, "coverage"> & {
  root: bigint;
  coverageMantissa: number;
  coverageExponent: number;
  ephemeral: { x: bigint; y: bigint };
  sealedOpening: readonly [bigint, bigint, bigint, bigint, bigint];
};
export type RefreshResult = { call: RefreshCall; proof: ZkProof };

export const isRefreshRequest = (request: unknown): request is RefreshRequest =>
  typeof request === "object" && request !== null && "guardian" in request;

/** Builds the witness of a client's lock from its opening, under the newest root that the margin chain has and that the vault has too. */
export function createRefreshBuilder(
  context: RoleContext,
  reads: GuardianReads,
  { book, operator }: { book: OpeningBook; operator: Hex },
): WitnessBuilder {
  const { marginChain } = context;
  return async ({ account, nonce, terms }: RefreshRequest) => {
    const opening = book.find(account, terms.lockNullifier);
    const held = await reads.account(account);
    const market = context.markets.get(held.market);
    if (opening === undefined || market === undefined || held.nonce !== nonce)
      throw new RelayerError("not_due", `No proof of lock ${terms.lockNullifier} is due: the account has moved on.`, {
        severity: "permanent",
      });
    const [{ root, chunks }, floorsX64, versions] = await Promise.all([
      reads.latestRoot(),
      reads.floors(held.market, terms.sourceId, terms.snapshot, terms.floorBps, terms.profile),
      reads.riskVersions(terms.riskVersion),
    ]);
    const risk = versions.find(({ version }) => version === terms.riskVersion);
    if (risk === undefined)
      throw new RelayerError("risk_version", `Risk version ${terms.riskVersion} is not open any more.`, {
        severity: "permanent",
      });
    const path = context.tree.follow(context.queue()).path(opening.leafIndex, { chunks });
    if (path.root !== root)
      throw new RelayerError(
        "root_different",
        `The newest root on ${context.margin.name} (${root}, after ${chunks} chunks) is not the vault's (${path.root}): nothing is proved under it.`,
      );
    const { expiry, deadline, snapshot, riskVersion } = terms;
    const witness = marginWitness({
      haircuts: risk.haircuts,
      risk: risk.risk,
      lock: opening,
      path,
      domain: reads.domain,
      controller: held.controller,
      coverage: terms.coverage,
      floorsX64,
      trusteeKey: { x: BigInt(market.trustee.x), y: BigInt(market.trustee.y) },
      ext: marginExt({
        chainId: marginChain.chainId,
        engine: marginChain.engine,
        market: held.market,
        action: MarginAction.refresh,
        account,
        accountNonce: nonce,
        caller: operator,
        fee: 0n,
        snapshot,
        riskVersion,
        expiry,
        deadline,
      }),
    });
    const { mantissa, exponent } = parseCoverage(terms.coverage);
    const { coverage: _, ...named } = terms;
    const call: RefreshCall = {
      ...named,
      root: path.root,
      coverageMantissa: mantissa,
      coverageExponent: exponent,
      ephemeral: witness.ephemeral,
      sealedOpening: witness.sealedOpening as RefreshCall["sealedOpening"],
    };
    return { witness, keep: { call } };
  };
}
