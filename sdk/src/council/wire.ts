import { hexToBigInt, numberToHex, type Hex } from "viem";

import { isIdentity, isInSubgroup, SUBGROUP_ORDER, type Point } from "../crypto/babyjub.ts";

/** A point in a message: both coordinates as 0x and 64 lower-case digits. */
export interface PointText {
  readonly x: Hex;
  readonly y: Hex;
}

/** A number below 2^256 as 0x and 64 lower-case digits, the one form that messages hold. */
export function wordText(value: bigint): Hex {
  return numberToHex(value, { size: 32 });
}

/** A point as messages hold it. */
export function pointText({ x, y }: Point): PointText {
  return { x: wordText(x), y: wordText(y) };
}

/** A scalar in [0, l), undefined when it is not canonical. `text` has the form of {@link wordText}. */
export function readScalar(text: Hex): bigint | undefined {
  const value = hexToBigInt(text);
  return value < SUBGROUP_ORDER ? value : undefined;
}

/** A canonical point of order l, undefined for any other: off the curve, of small order, mixed, the identity. */
export function readPoint({ x, y }: PointText): Point | undefined {
  const point = { x: hexToBigInt(x), y: hexToBigInt(y) };
  return isInSubgroup(point) && !isIdentity(point) ? point : undefined;
}
