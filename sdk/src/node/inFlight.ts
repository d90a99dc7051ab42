/** Promises that have not settled yet, so that a close can wait for them. */
export interface InFlight {
  track<T>(work: Promise<T>): Promise<T>;
  /** Resolves when all that was tracked has settled, well or not. */
  settled(): Promise<void>;
}

export function createInFlight(): InFlight {
  const open = new Set<Promise<unknown>>();
  return {
    track(work) {
      const ended: Promise<unknown> = work.then(
        () => open.delete(ended),
        () => open.delete(ended),
      );
      open.add(ended);
      return work;
    },
    async settled() {
      await Promise.all(open);
    },
  };
}
