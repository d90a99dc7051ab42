import type { Crypto } from "../crypto/crypto.ts";
import { bigintToBytes, bytesToBigint } from "../crypto/field.ts";
import { TAG_TREE } from "../crypto/generated/tags.ts";
import { HypothecError } from "../errors/base.ts";
import { NodeStore } from "./nodeStore.ts";

/** Levels of the quaternary note tree: 4^16 leaves. */
export const TREE_LEVELS = 16;
/** Leaves of one queue chunk: a whole subtree of two levels. */
export const CHUNK_LEAVES = 16;
/** Chunks that one proof may append at once: the four children of a node. */
export const BATCH_CHUNKS = 4;
/** Chunks that the tree can take. */
export const MAX_CHUNKS = 4 ** (TREE_LEVELS - 2);

/** A Merkle path: at each level, from the leaf up, the three other children in their order. */
export interface TreePath {
  readonly leafIndex: number;
  readonly root: bigint;
  readonly siblings: bigint[][];
}

/**
 * The vault's note tree: append-only, in chunks of 16 leaves; an empty leaf is 0. Appending hashes only what is new (5
 * nodes of the chunk and the 14 above it). Older states can be asked for by their number of chunks, because a node under
 * which nothing was appended since is still there.
 *
 * @example
 * const tree = NoteTree.create(await initCrypto());
 * tree.appendChunk([commitment]);
 * tree.path(0).siblings; // 16 × 3
 */
export class NoteTree {
  readonly #crypto: Crypto;
  readonly #tag: Uint8Array;
  readonly #levels: NodeStore[];
  readonly #empty: Uint8Array[];

  private constructor(crypto: Crypto, levels: NodeStore[]) {
    this.#crypto = crypto;
    this.#tag = crypto.buffers.toBuffer(TAG_TREE);
    this.#levels = levels;
    this.#empty = [crypto.buffers.zero];
    for (let level = 0; level < TREE_LEVELS; level++) {
      const child = this.#empty[level]!;
      this.#empty.push(this.#hash([child, child, child, child]));
    }
  }

  /** An empty tree. */
  static create(crypto: Crypto): NoteTree {
    return new NoteTree(
      crypto,
      Array.from({ length: TREE_LEVELS + 1 }, () => NodeStore.create()),
    );
  }

  /** How many chunks were appended. */
  get chunks(): number {
    return this.#levels[0]!.length / CHUNK_LEAVES;
  }

  /** 16 · chunks: padding counts. */
  get leafCount(): number {
    return this.#levels[0]!.length;
  }

  get root(): bigint {
    return this.#crypto.buffers.toBigint(this.#levels[TREE_LEVELS]!.get(0) ?? this.#empty[TREE_LEVELS]!);
  }

  /** @throws HypothecError `tree.chunk` for more than 16 leaves, `tree.full`. */
  appendChunk(leaves: readonly bigint[]): void {
    if (leaves.length > CHUNK_LEAVES) {
      throw new HypothecError(`A chunk has at most ${CHUNK_LEAVES} leaves, got ${leaves.length}`, {
        code: "tree.chunk",
      });
    }
    const chunk = this.chunks;
    if (chunk >= MAX_CHUNKS) throw new HypothecError("The note tree is full", { code: "tree.full" });
    // All leaves are converted, so checked, before the first is stored: a bad one changes nothing.
    const nodes = Array.from({ length: CHUNK_LEAVES }, (_, i) => this.#crypto.buffers.toBuffer(leaves[i] ?? 0n));
    nodes.forEach((node, i) => this.#levels[0]!.set(CHUNK_LEAVES * chunk + i, node));
    let first = CHUNK_LEAVES * chunk;
    let last = first + CHUNK_LEAVES - 1;
    for (let level = 1; level <= TREE_LEVELS; level++) {
      first = Math.floor(first / 4);
      last = Math.floor(last / 4);
      for (let i = first; i <= last; i++) this.#levels[level]!.set(i, this.#parent(level, i, this.#levels[0]!.length));
    }
  }

  /** The leaf at `leafIndex`; undefined beyond the appended chunks. */
  leaf(leafIndex: number): bigint | undefined {
    const node = this.#levels[0]!.get(leafIndex);
    return node && this.#crypto.buffers.toBigint(node);
  }

  /** The root after `chunks` chunks. */
  rootAt(chunks: number): bigint {
    this.#checkChunks(chunks);
    return this.#crypto.buffers.toBigint(this.#node(TREE_LEVELS, 0, chunks * CHUNK_LEAVES));
  }

  /**
   * The path of a leaf, in the tree as it is or as it was after `chunks` chunks.
   *
   * @throws HypothecError `tree.leaf` when the leaf is not in that tree.
   */
  path(leafIndex: number, options: { readonly chunks?: number } = {}): TreePath {
    const chunks = options.chunks ?? this.chunks;
    this.#checkChunks(chunks);
    const leafCount = chunks * CHUNK_LEAVES;
    if (!Number.isInteger(leafIndex) || leafIndex < 0 || leafIndex >= leafCount) {
      throw new HypothecError(`Leaf ${leafIndex} is not in the note tree, which has ${leafCount} leaves`, {
        code: "tree.leaf",
        args: { leafIndex, leafCount },
        whatToDo: "Wait until a batch with the note is appended (and, for a margin proof, attested), then sync again.",
      });
    }
    return { leafIndex, root: this.rootAt(chunks), siblings: this.#siblings(leafIndex, leafCount) };
  }

  /**
   * What a batch proof takes: the 14 siblings above chunk `chunkIndex`, or the 13 above the four chunks from a multiple of four on.
   * They need not be appended.
   *
   * @throws HypothecError `tree.chunk` when the chunk is beyond the next one, or the chunks are no whole subtree.
   */
  batchSiblings(chunkIndex: number, chunks: number): bigint[][] {
    if (!Number.isInteger(chunkIndex) || chunkIndex < 0 || chunkIndex > this.chunks || chunkIndex >= MAX_CHUNKS) {
      throw new HypothecError(`Chunk ${chunkIndex} cannot follow the ${this.chunks} chunks of this tree`, {
        code: "tree.chunk",
      });
    }
    if (chunks !== 1 && (chunks !== BATCH_CHUNKS || chunkIndex % BATCH_CHUNKS !== 0)) {
      throw new HypothecError(`${chunks} chunks from ${chunkIndex} on are no whole subtree`, {
        code: "tree.chunk",
        whatToDo: "Give one chunk, or four from a multiple of four on.",
      });
    }
    return this.#siblings(chunkIndex * CHUNK_LEAVES, this.leafCount).slice(chunks === 1 ? 2 : 3);
  }

  /** An independent copy. */
  clone(): NoteTree {
    return new NoteTree(
      this.#crypto,
      this.#levels.map((level) => level.clone()),
    );
  }

  /** The leaves as big-endian words: everything else follows from them. */
  serialise(): Uint8Array {
    const bytes = new Uint8Array(32 * this.leafCount);
    for (let i = 0; i < this.leafCount; i++) bytes.set(bigintToBytes(this.leaf(i)!, 32), 32 * i);
    return bytes;
  }

  /** @throws HypothecError `tree.serialised` when the bytes are not whole chunks. */
  static deserialise(crypto: Crypto, bytes: Uint8Array): NoteTree {
    if (bytes.length % (32 * CHUNK_LEAVES) !== 0) {
      throw new HypothecError(
        `A stored tree has whole chunks of ${32 * CHUNK_LEAVES} bytes, got ${bytes.length} bytes`,
        {
          code: "tree.serialised",
        },
      );
    }
    const tree = NoteTree.create(crypto);
    for (let start = 0; start < bytes.length; start += 32 * CHUNK_LEAVES) {
      const leaves = Array.from({ length: CHUNK_LEAVES }, (_, i) =>
        bytesToBigint(bytes.subarray(start + 32 * i, start + 32 * (i + 1))),
      );
      tree.appendChunk(leaves);
    }
    return tree;
  }

  #checkChunks(chunks: number): void {
    if (!Number.isInteger(chunks) || chunks < 0 || chunks > this.chunks) {
      throw new HypothecError(`The note tree has ${this.chunks} chunks, asked for its state after ${chunks}`, {
        code: "tree.chunk",
        args: { chunks, have: this.chunks },
        whatToDo: "Sync the vault's state first.",
      });
    }
  }

  #siblings(leafIndex: number, leafCount: number): bigint[][] {
    const siblings: bigint[][] = [];
    let index = leafIndex;
    for (let level = 0; level < TREE_LEVELS; level++) {
      const first = index - (index % 4);
      const others = [0, 1, 2, 3].filter((k) => first + k !== index);
      siblings.push(others.map((k) => this.#crypto.buffers.toBigint(this.#node(level, first + k, leafCount))));
      index = Math.floor(index / 4);
    }
    return siblings;
  }

  /** A node of the tree as it was with `leafCount` leaves. Only one node per level straddles that border: it is hashed anew. */
  #node(level: number, index: number, leafCount: number): Uint8Array {
    const width = 4 ** level;
    if (index * width >= leafCount) return this.#empty[level]!;
    const isCurrent = leafCount === this.#levels[0]!.length;
    if (isCurrent || (index + 1) * width <= leafCount) return this.#levels[level]!.get(index)!;
    return this.#parent(level, index, leafCount);
  }

  #parent(level: number, index: number, leafCount: number): Uint8Array {
    return this.#hash([0, 1, 2, 3].map((k) => this.#node(level - 1, 4 * index + k, leafCount)));
  }

  #hash(children: readonly Uint8Array[]): Uint8Array {
    const input = new Uint8Array(128);
    children.forEach((child, i) => input.set(child, 32 * i));
    return this.#crypto.buffers.hash(input, this.#tag);
  }
}
