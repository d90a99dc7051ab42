import { buildBabyjub, buildEddsa, buildPoseidon } from "circomlibjs";
import { encodePacked, keccak256 } from "viem";

import { mod, q } from "./field.ts";

/** A point of BabyJubJub. */
export interface JubPoint {
  readonly x: bigint;
  readonly y: bigint;
}

const poseidonBytes = await buildPoseidon();
const babyjub = await buildBabyjub();
const eddsa = await buildEddsa();

/** ASCII text as a big-endian integer. */
function ascii(text: string): bigint {
  return new TextEncoder().encode(text).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

/** docs/encodings.md and design.md §3, spelled out here once more on purpose: not read from the project's own tags. */
export const tag = {
  owner: ascii("hyp.owner"),
  pre: ascii("hyp.pre"),
  note: ascii("hyp.note"),
  spend: ascii("hyp.spend"),
  lock: ascii("hyp.lock"),
  tree: ascii("hyp.tree"),
  digest: ascii("hyp.digest"),
  seal: ascii("hyp.seal"),
  seized: ascii("hyp.seized"),
  seizedEphemeral: ascii("hyp.seized.ephemeral"),
  rest: ascii("hyp.rest"),
};

export function poseidon(initialState: bigint, ...inputs: bigint[]): bigint {
  return poseidonBytes.F.toObject(poseidonBytes(inputs, initialState));
}

export function stream(initialState: bigint, inputs: readonly bigint[], outputs: number): bigint[] {
  return (poseidonBytes(inputs, initialState, outputs) as Uint8Array[]).map((element) =>
    poseidonBytes.F.toObject(element),
  );
}

export const subgroupOrder = babyjub.subOrder;
export const base8: JubPoint = toPoint(babyjub.Base8);

/** A point of order 8: its multiples are all points of small order. */
export const orderEight: JubPoint = toPoint(babyjub.mulPointEscalar(babyjub.Generator, babyjub.subOrder));

export function multiply(point: JubPoint, scalar: bigint): JubPoint {
  return toPoint(babyjub.mulPointEscalar(fromPoint(point), scalar));
}

export function addPoints(a: JubPoint, b: JubPoint): JubPoint {
  return toPoint(babyjub.addPoint(fromPoint(a), fromPoint(b)));
}

export function isOnCurve(point: JubPoint): boolean {
  return babyjub.inCurve(fromPoint(point));
}

function toPoint([x, y]: readonly [Uint8Array, Uint8Array]): JubPoint {
  return { x: babyjub.F.toObject(x), y: babyjub.F.toObject(y) };
}

function fromPoint({ x, y }: JubPoint): readonly [Uint8Array, Uint8Array] {
  return [babyjub.F.e(x), babyjub.F.e(y)];
}

/** An EdDSA key pair from a seed byte. */
export interface SpendingKey {
  readonly seed: Uint8Array;
  readonly point: JubPoint;
}

export function spendingKey(seed: number): SpendingKey {
  const bytes = new Uint8Array(32).fill(seed);
  return { seed: bytes, point: toPoint(eddsa.prv2pub(bytes)) };
}

export function sign(key: SpendingKey, message: bigint): { readonly r8: JubPoint; readonly s: bigint } {
  const { R8, S } = eddsa.signPoseidon(key.seed, poseidonBytes.F.e(message));
  return { r8: toPoint(R8), s: S };
}

/** h = Poseidon(R8, A, message) of an EdDSA-Poseidon signature. */
export function signatureChallenge(r8: JubPoint, key: JubPoint, message: bigint): bigint {
  return poseidon(0n, r8.x, r8.y, key.x, key.y, message);
}

/** circomlibjs' verdict on a signature. */
export function isSignature(key: JubPoint, message: bigint, r8: JubPoint, s: bigint): boolean {
  return eddsa.verifyPoseidon(poseidonBytes.F.e(message), { R8: fromPoint(r8), S: s }, fromPoint(key));
}

/** A sealed opening: the ephemeral key and the masked message. */
export interface Sealed {
  readonly ephemeral: JubPoint;
  readonly sealed: bigint[];
}

export function seal(secret: bigint, key: JubPoint, separator: bigint, message: readonly bigint[]): Sealed {
  const shared = multiply(key, secret);
  const mask = stream(tag.seal, [shared.x, shared.y, separator, 0n, 0n], message.length);
  return { ephemeral: multiply(base8, secret), sealed: message.map((value, j) => mod(value + mask[j]!)) };
}

/** What the holder of the key's secret reads. */
export function open(secret: bigint, { ephemeral, sealed }: Sealed, separator: bigint): bigint[] {
  const shared = multiply(ephemeral, secret);
  const mask = stream(tag.seal, [shared.x, shared.y, separator, 0n, 0n], sealed.length);
  return sealed.map((value, j) => mod(value - mask[j]!));
}

/** The three public signals that stand for the values x. */
export interface Digest {
  readonly c: bigint;
  readonly y: bigint;
  readonly r: bigint;
}

export function chain(circuitId: number, x: readonly bigint[]): bigint {
  let c = BigInt(circuitId) * 2n ** 32n + BigInt(x.length);
  for (let k = 0; k < x.length; k += 15) {
    const block = Array.from({ length: 15 }, (_, i) => x[k + i] ?? 0n);
    c = poseidon(tag.digest, c, ...block);
  }
  return c;
}

/** @param payee whom alone a batch proof pays */
export function digest(circuitId: number, x: readonly bigint[], payee?: bigint): Digest {
  const c = chain(circuitId, x);
  const r = digestPoint(x, c, payee);
  return { c, y: digestAt(x, r), r };
}

/** r: what the contract makes of the values it knows and the commitment it is given. */
export function digestPoint(x: readonly bigint[], c: bigint, payee?: bigint): bigint {
  const words = payee === undefined ? [...x, c] : [...x, c, payee];
  const packed = encodePacked(
    words.map(() => "uint256"),
    words,
  );
  return BigInt(keccak256(packed)) % q;
}

/** y = Σ x_i·r^(m−i). */
export function digestAt(x: readonly bigint[], r: bigint): bigint {
  let y = 0n;
  x.forEach((value, i) => {
    y = mod(y + value * power(r, BigInt(x.length - 1 - i)));
  });
  return y;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let i = 0n; i < exponent; i++) result = (result * base) % q;
  return result;
}
