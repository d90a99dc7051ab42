import type { CircuitSet } from "./circuits.ts";
import type { Phase2 } from "./phase2.ts";

/** What the steps of a ceremony work with. */
export interface CeremonyTools {
  readonly circuits: CircuitSet;
  readonly phase2: Phase2;
  readonly now: () => Date;
}
