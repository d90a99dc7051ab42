export { assertShare, readCouncil, verificationShareOf } from "./council.ts";
export type { Council, CouncilShare, CouncilText } from "./council.ts";
export { culpritsOf } from "./errors.ts";
export type { Blame, CouncilErrorCode } from "./errors.ts";
export {
  answerComplaints,
  confirmCouncil,
  dealShares,
  finishKeyGeneration,
  judgeDeals,
  startKeyGeneration,
} from "./keyGeneration.ts";
export type {
  Fault,
  KeyGenerationOutcome,
  KeyGenerationResult,
  KeyGenerationState,
  StartParameters,
  Step,
  StepResult,
} from "./keyGeneration.ts";
export type { DealingSecrets } from "./dealing.ts";
export { equivocatorOf } from "./messages.ts";
export type { BodyOf, CouncilMessage, Round } from "./messages.ts";
export { createOperatorKeys } from "./operator.ts";
export type { Operator, OperatorKeys } from "./operator.ts";
export {
  combinePartialDecryptions,
  givePartialDecryption,
  openSealedAsCouncil,
  verifyPartialDecryption,
} from "./partialDecryption.ts";
export type {
  CombinedDecryption,
  CombineParameters,
  GivePartialParameters,
  PartialDecryption,
} from "./partialDecryption.ts";
export * from "./policy.ts";
export type { ProofText } from "./proofs.ts";
export { createRefreshSession, createSession } from "./session.ts";
export type { CouncilSession, SessionParameters } from "./session.ts";
export type { PointText } from "./wire.ts";
