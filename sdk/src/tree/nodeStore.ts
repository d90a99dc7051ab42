/** A growing array of 32-byte nodes in one buffer: no object per node. */
export class NodeStore {
  #bytes: Uint8Array;
  #length: number;

  private constructor(bytes: Uint8Array, length: number) {
    this.#bytes = bytes;
    this.#length = length;
  }

  static create(): NodeStore {
    return new NodeStore(new Uint8Array(32 * 16), 0);
  }

  get length(): number {
    return this.#length;
  }

  get(index: number): Uint8Array | undefined {
    return index < this.#length ? this.#bytes.subarray(32 * index, 32 * (index + 1)) : undefined;
  }

  set(index: number, node: Uint8Array): void {
    if (32 * (index + 1) > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, 32 * (index + 1)));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(node, 32 * index);
    this.#length = Math.max(this.#length, index + 1);
  }

  clone(): NodeStore {
    return new NodeStore(this.#bytes.slice(), this.#length);
  }
}
