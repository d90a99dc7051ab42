import type { SealedProof } from "../keeper/marginView.ts";
import type { RoleContext } from "../runtime/context.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Turn } from "../runtime/kinds.ts";

/** What a margin proof sealed. `lo`, `hi`: PackedAmounts. */
export type Opening = { lo: bigint; hi: bigint; blinding: bigint; pk: bigint; leafIndex: bigint };

/** What a lock is opened for: its SETTLE, or the auction that began in `startBlock`. It is a question, no evidence. */
export type OpeningRequest =
  | { kind: "settle"; domain: bigint; lockNullifier: bigint }
  | { kind: "valuation"; domain: bigint; lockNullifier: bigint; startBlock: number };

/** Whoever can take the seal off an opening: the holder of a trustee's key, or a seat of a council. Openings are used at once, never kept. */
export type Opener = {
  /** The place among others who can do the same; undefined when nobody else can. */
  turn?: Turn;
  /** Whether the market of this lock has the trustee that this opener is, or has a seat of. */
  serves: (sealed: SealedProof) => boolean;
  /**
   * Take the seal off. Called by witness builders only, when they have seen that it is due.
   *
   * @throws RelayerError `no_opening` for another trustee's lock; whatever an implementation adds.
   */
  open: (sealed: SealedProof, request: OpeningRequest) => Promise<Opening>;
};

/** The trustee (8·R) of the market whose account a lock backs or backed, as the deployment has it. */
export function trusteeOf(
  context: Pick<RoleContext, "markets">,
  accounts: ReturnType<RoleContext["accounts"]>["accounts"],
  sealed: SealedProof,
): { x: bigint; y: bigint } | undefined {
  const market = accounts.get(sealed.account)?.market;
  const trustee = market === undefined ? undefined : context.markets.get(market)?.trustee;
  return trustee && { x: BigInt(trustee.x), y: BigInt(trustee.y) };
}

/**
 * The numbers of an opening, when they can be one: a wrong key gives other numbers, not an error.
 *
 * @param setting of the configuration, to look at when they cannot
 * @throws RelayerError `wrong_trustee_key`.
 */
export function readOpening(values: readonly bigint[], lockNullifier: bigint, setting: string): Opening {
  const [lo, hi, blinding, pk, leafIndex] = values as [bigint, bigint, bigint, bigint, bigint];
  if (leafIndex >= 1n << 32n)
    throw new RelayerError(
      "wrong_trustee_key",
      `Lock ${lockNullifier} does not open with the trustee key of its market as configured here. Check ${setting}.`,
      { severity: "permanent" },
    );
  return { lo, hi, blinding, pk, leafIndex };
}
