import type { Hex } from "viem";
import { priceBoardAbi, rootInboxAbi } from "../chain/abis.ts";
import { decodeAs } from "../chain/contracts.ts";
import type { StoredEvent } from "../store/events.ts";

/** A root that the margin chain accepted; of one that came again, the last time. */
export type SeenRoot = {
  srcEid: number;
  /** Lower case. */
  vault: Hex;
  root: bigint;
  /** The vault chain's time, as the message says, seconds: nobody checked it. */
  sourceTime: number;
  block: number;
  logIndex: number;
};

/** A snapshot of prices; which they are is the board's to say. Time in seconds. */
export type SeenSnapshot = { id: number; time: number };

/** What a watchman watches of the margin chain. */
export type Sightings = {
  /** By source and root. */
  roots: Map<string, SeenRoot>;
  /** By collateral set, oldest first; of the last day and a bit: no breaker looks further back. */
  snapshots: Map<number, SeenSnapshot[]>;
};

const KEPT_SECONDS = 2 * 86_400;

export const noSightings = (): Sightings => ({ roots: new Map(), snapshots: new Map() });

/** Adds one event. Mutates: a view is rebuilt, never patched, after a reorg. */
export function applyToSightings(sightings: Sightings, event: StoredEvent): void {
  const root = event.contract === "rootInbox" ? decodeAs(rootInboxAbi, "RootReceived", event) : undefined;
  if (root !== undefined) {
    const vault = root.vault.toLowerCase() as Hex;
    sightings.roots.set(`${root.srcEid}/${vault}/${root.root}`, {
      srcEid: root.srcEid,
      vault,
      root: root.root,
      sourceTime: Number(root.sourceTime),
      block: event.blockNumber,
      logIndex: event.logIndex,
    });
  }
  const taken = event.contract === "priceBoard" ? decodeAs(priceBoardAbi, "SnapshotTaken", event) : undefined;
  if (taken === undefined) return;
  const time = Number(taken.time);
  const before = (sightings.snapshots.get(taken.setId) ?? []).filter((each) => each.time > time - KEPT_SECONDS);
  sightings.snapshots.set(taken.setId, [...before, { id: taken.snapshot, time }]);
}
