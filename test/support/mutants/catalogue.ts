import { batchMutants } from "./catalogue/batch.ts";
import { digestMutants } from "./catalogue/digest.ts";
import { hashMutants } from "./catalogue/hashes.ts";
import { marginMutants } from "./catalogue/margin.ts";
import { pathMutants } from "./catalogue/path.ts";
import { rangeMutants } from "./catalogue/ranges.ts";
import { settleMutants } from "./catalogue/settle.ts";
import { signatureMutants } from "./catalogue/signature.ts";
import { transactMutants } from "./catalogue/transact.ts";
import type { Mutant } from "./mutant.ts";

/** Mutants of the circuits. */
export const mutants: readonly Mutant[] = [
  ...[...rangeMutants, ...hashMutants, ...pathMutants, ...digestMutants, ...signatureMutants],
  ...[...marginMutants, ...settleMutants, ...transactMutants, ...batchMutants],
];
