export { examine } from "./examine.ts";
export type { Examination, Finding, FindingKind } from "./examine.ts";
export { load } from "./subject.ts";
export type { Case, FreeSignal, Subject } from "./subject.ts";
export { circuits, templates } from "./subjects/index.ts";
