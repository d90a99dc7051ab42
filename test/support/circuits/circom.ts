export { runCircom } from "../../../circuits/setup/circom.ts";
