export { assertShare, readCouncil, verificationShareOf } from "./council.ts";
export type { Council, CouncilShare, CouncilText } from "./council.ts";
export { culpritsOf } from "./errors.ts";
export type { Blame as CouncilBlame, CouncilErrorCode } from "./errors.ts";
export {
  answerComplaints,
  confirmCouncil,
  dealShares,
  finishKeyGeneration,
  judgeDeals,
  startKeyGeneration,
} from "./keyGeneration.ts";
export type {
  Fault as CouncilFault,
  KeyGenerationOutcome,
  KeyGenerationResult,
  KeyGenerationState,
  StartParameters as StartKeyGenerationParameters,
  Step as KeyGenerationStep,
  StepResult as KeyGenerationStepResult,
} from "./keyGeneration.ts";
export type { DealingSecrets } from "./dealing.ts";
export { equivocatorOf } from "./messages.ts";
export type { BodyOf as CouncilBody, CouncilMessage, Round as CouncilRound } from "./messages.ts";
export { createOperatorKeys } from "./operator.ts";
export type { Operator as CouncilOperator, OperatorKeys } from "./operator.ts";
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
export type { ProofText as CouncilProof } from "./proofs.ts";
export { createRefreshSession, createSession } from "./session.ts";
export type { CouncilSession, SessionParameters } from "./session.ts";
export type { PointText } from "./wire.ts";
