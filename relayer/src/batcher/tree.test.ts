import { initCrypto, NOTE_META, NoteTree, type Crypto } from "@hypothec/sdk";
import { beforeAll, describe, expect, test } from "vitest";
import { createTreeKeeper } from "./tree.ts";
import type { QueueView } from "./queueView.ts";

let crypto: Crypto;
/** roots[i]: after chunk i, each with one note. */
const roots: bigint[] = [];
beforeAll(async () => {
  crypto = await initCrypto();
  const tree = NoteTree.create(crypto);
  for (let chunk = 0; chunk < 9; chunk++) {
    tree.appendChunk([BigInt(chunk + 1)]);
    roots.push(tree.root);
  }
});

const view = (...known: (bigint | undefined)[]): QueueView => ({
  chunks: Array.from({ length: 9 }, (_, chunk) => ({
    entries: [{ value: BigInt(chunk + 1), meta: NOTE_META }],
    sealed: chunk < 8,
  })),
  roots: known,
});

describe("tree keeper", () => {
  test("default: follows chunks that came one by one and four at once", () => {
    const keeper = createTreeKeeper(crypto);
    expect(keeper.follow(view(undefined, undefined, undefined, roots[3])).root).toBe(roots[3]);
    expect(keeper.follow(view(undefined, undefined, undefined, roots[3], roots[4])).root).toBe(roots[4]);
  });

  test("behavior: the tree before a batch, sealed chunks before it included", () => {
    const keeper = createTreeKeeper(crypto);
    expect(keeper.before(view(roots[0]), 4).root).toBe(roots[3]);
    expect(keeper.before(view(roots[0]), 1).root).toBe(roots[0]);
    expect(() => keeper.before(view(roots[0]), 9)).toThrow(/Chunk 8 is not sealed/);
  });

  test("behavior: a reorg that takes four apart, or puts them together, is followed", () => {
    const keeper = createTreeKeeper(crypto);
    keeper.follow(view(undefined, undefined, undefined, roots[3]));
    expect(keeper.follow(view(roots[0])).root).toBe(roots[0]);
    expect(keeper.follow(view(undefined, undefined, undefined, roots[3])).chunks).toBe(4);
  });

  test("error: a root that the entries do not give stops the process", () => {
    const keeper = createTreeKeeper(crypto);
    expect(() => keeper.follow(view(undefined, undefined, undefined, roots[4]))).toThrow(/logs are missing/);
  });
});
