/** What a file of vectors may hold. Integers are written as decimal strings: JSON's numbers do not reach that far. */
export type VectorValue = bigint | string | boolean | readonly VectorValue[] | VectorRecord;
export interface VectorRecord {
  readonly [name: string]: VectorValue;
}
/** One topic: where its values come from, and the values. */
export type Vectors = { readonly about: string } & Readonly<Record<string, VectorValue>>;

export function serialize(vectors: Vectors): string {
  const text = JSON.stringify(vectors, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value), 1);
  return `${text}\n`;
}
