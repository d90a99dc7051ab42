import { describe, expect, test } from "vitest";

import { expectPinned } from "../support/circuits/expect.ts";
import { loadComponent } from "../support/circuits/harness.ts";
import { createRandom, q } from "../support/reference/field.ts";

describe("PlaceChild", () => {
  // The row of children by digit, written out: the node stands where its digit says, its siblings keep their order.
  const [node, a, b, c] = [11n, 22n, 33n, 44n];
  const rows = [
    [node, a, b, c],
    [a, node, b, c],
    [a, b, node, c],
    [a, b, c, node],
  ];

  test.each([0, 1, 2, 3])("default: digit %i", async (digit) => {
    const component = await loadComponent("path.circom", "PlaceChild()");
    const bits = { bit0: BigInt(digit & 1), bit1: BigInt(digit >> 1) };
    const witness = await component.witness({ ...bits, current: node, sibling: [a, b, c] });
    expect(witness.slice(1, 5)).toEqual(rows[digit]);
    expect(component.violations(witness)).toEqual([]);

    const random = createRandom(61);
    const [current, ...sibling] = [random(253), q - 1n, 0n, random(253)];
    const extremes = await component.witness({ ...bits, current: current, sibling });
    expect(extremes.slice(1, 5)).toEqual([...sibling.slice(0, digit), current, ...sibling.slice(digit)]);
  });

  test.each([0, 1, 2, 3])("default: at digit %i no wire may change alone", async (digit) => {
    // By itself the compiler expresses a sibling by the child it is; under the hash of the row nothing moves with it.
    const climb = await loadComponent("path.circom", "Climb(1)");
    const bit = [BigInt(digit & 1), BigInt(digit >> 1)];
    expectPinned(climb, await climb.witness({ node, bit, sibling: [[a, b, c]] }), []);
  });
});
