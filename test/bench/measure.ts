export interface Timed<T> {
  readonly result: T;
  readonly ms: number;
}

export async function timed<T>(action: () => T | Promise<T>): Promise<Timed<T>> {
  const startedAt = performance.now();
  const result = await action();
  return { result, ms: performance.now() - startedAt };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

export type Progress = (what: string) => void;
