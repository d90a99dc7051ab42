import { readFileSync } from "node:fs";

import { hashBytes } from "./hash.ts";

/** The BN254 base field order, and the inverse of 2^256 in it: coordinates lie in the file in Montgomery form. */
const p = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
const unMontgomery = 20988524275117001072002809824448087578619730785600314334253784976379291040311n;

const g1Size = 64;
const g2Size = 128;
const sectionCount = 10;

/** A contribution to phase 2 as the key itself records it. */
export interface KeyContribution {
  /** What snarkjs shows to the contributor: BLAKE2b-512 of the contribution's points and its transcript. */
  readonly hash: string;
  readonly name: string;
  /** Set for the beacon that ends a ceremony. */
  readonly beacon?: { readonly value: string; readonly iterationsExp: number };
}

/** What a key says about its own making. */
export interface KeyHistory {
  /** snarkjs's hash of the initial key: r1cs and powers of tau together. */
  readonly circuitHash: string;
  readonly contributions: readonly KeyContribution[];
}

/**
 * Reads the history of a Groth16 key in iden3's container. Says nothing about whether the key is right: snarkjs checks that.
 *
 * @throws Error when the file is no key, is cut short, or has anything behind its end.
 */
export function readKeyHistory(path: string): KeyHistory {
  const bytes = readFileSync(path);
  const cut = (what: string): Error =>
    new Error(`${path} is no complete Groth16 key: ${what}. Get the file again and compare its BLAKE2b.`);
  if (bytes.length < 12 || bytes.toString("latin1", 0, 4) !== "zkey") throw cut('it does not begin with "zkey"');
  if (bytes.readUInt32LE(4) !== 1 || bytes.readUInt32LE(8) !== sectionCount) {
    throw cut(`it has version ${bytes.readUInt32LE(4)} and ${bytes.readUInt32LE(8)} sections, expected 1 and 10`);
  }
  const sections = new Map<number, Buffer>();
  let at = 12;
  for (let i = 0; i < sectionCount; i++) {
    if (at + 12 > bytes.length) throw cut(`it ends after ${i} of ${sectionCount} sections`);
    const type = bytes.readUInt32LE(at);
    const size = Number(bytes.readBigUInt64LE(at + 4));
    at += 12;
    if (at + size > bytes.length)
      throw cut(`section ${type} should have ${size} bytes, the file ends after ${bytes.length - at}`);
    if (sections.has(type)) throw cut(`it has section ${type} twice`);
    sections.set(type, bytes.subarray(at, at + size));
    at += size;
  }
  if (at !== bytes.length) throw cut(`${bytes.length - at} bytes follow its end`);
  const history = sections.get(sectionCount);
  if (history === undefined) throw cut("it has no list of contributions");
  try {
    return parseHistory(history);
  } catch (error) {
    throw cut(`its list of contributions cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** Circuit hash, u32 count, then per contribution: 3 points of G1, 1 of G2, 64 bytes of transcript, u32 type, u32 size, parameters. */
function parseHistory(bytes: Buffer): KeyHistory {
  let at = 0;
  const take = (size: number): Buffer => {
    if (at + size > bytes.length) throw new Error("it ends early");
    at += size;
    return bytes.subarray(at - size, at);
  };
  const circuitHash = take(64).toString("hex");
  const count = take(4).readUInt32LE();
  const contributions: KeyContribution[] = [];
  for (let i = 0; i < count; i++) {
    const points = [take(g1Size), take(g1Size), take(g1Size), take(g2Size)].map(uncompressed);
    const hash = hashBytes(Buffer.concat([...points, take(64)]));
    const type = take(4).readUInt32LE();
    const { name, beacon } = parseParameters(take(take(4).readUInt32LE()));
    if (type > 1 || (type === 1) !== (beacon !== undefined)) {
      throw new Error(`contribution ${i + 1} is of type ${type} with ${beacon ? "a" : "no"} beacon`);
    }
    contributions.push({ hash, name, ...(beacon && { beacon }) });
  }
  if (at !== bytes.length) throw new Error("something follows its end");
  return { circuitHash, contributions };
}

/** 1 size name · 2 iterations · 3 size beacon */
function parseParameters(bytes: Buffer): Pick<KeyContribution, "name" | "beacon"> {
  let name = "";
  let value: string | undefined;
  let iterationsExp: number | undefined;
  for (let at = 0; at < bytes.length;) {
    const type = bytes[at]!;
    if (type === 2) {
      iterationsExp = bytes[at + 1];
      at += 2;
      continue;
    }
    const size = bytes[at + 1] ?? 0;
    const body = bytes.subarray(at + 2, at + 2 + size);
    if ((type !== 1 && type !== 3) || body.length !== size)
      throw new Error(`parameter ${type} is unknown or cut short`);
    if (type === 1) name = body.toString("utf8");
    else value = body.toString("hex");
    at += 2 + size;
  }
  if (value === undefined || iterationsExp === undefined) return { name };
  return { name, beacon: { value, iterationsExp } };
}

/** Coordinates big-endian, imaginary parts first, as contribution hashes take them. */
function uncompressed(point: Buffer): Buffer {
  const words = Array.from({ length: point.length / 32 }, (_, i) => {
    const little = Buffer.from(point.subarray(32 * i, 32 * i + 32)).reverse();
    const value = (BigInt(`0x${little.toString("hex")}`) * unMontgomery) % p;
    return Buffer.from(value.toString(16).padStart(64, "0"), "hex");
  });
  return Buffer.concat(point.length === g2Size ? [words[1]!, words[0]!, words[3]!, words[2]!] : words);
}
