import { base8, multiply, spendingKey, subgroupOrder } from "../../reference/crypto.ts";
import { controller, domain, none, transactCase, transactSample } from "../../circuits/samples.ts";
import type { TransactCase } from "../../circuits/samples.ts";
import { q } from "../../reference/field.ts";
import * as notes from "../../reference/notes.ts";
import { cases, inverseOfZero } from "../subject.ts";
import type { Case, Subject } from "../subject.ts";
import { rootOf, siblings } from "./paths.ts";

const file = "transact.circom";
const single = notes.single;
const largest = 2n ** 63n - 1n;
const full = none.map(() => largest);

const spend = (amount: readonly bigint[], root?: bigint): Case["inputs"] => {
  const key = { x: 1n, y: 2n };
  const cm = notes.commitment({ owner: notes.owner(key, 4n), blinding: 5n, amount, domain: 0n, controller: 0n });
  return {
    keyX: 1n,
    keyY: 2n,
    root: root ?? rootOf(cm, 9n, siblings(2)),
    nullifyingKey: 4n,
    blinding: 5n,
    amount,
    leafIndex: 9n,
    sibling: siblings(2),
  };
};

const spendInput: Subject = {
  name: "SpendInput(2)",
  file,
  derived: ["root"],
  free: [inverseOfZero],
  accepted: [
    ...cases({ "a note": spend(single(0, 5n)), "the top unit": spend(single(7, largest)), "all full": spend(full) }),
    { label: "a dummy", inputs: spend(none, 3n), given: ["root"] },
  ],
  refused: cases({
    "a note under another root": spend(single(0, 1n), 3n),
    "one in the last slot under another root": spend(single(7, largest), 3n),
    "2^63 in slot 0": spend(single(0, 2n ** 63n)),
    "q − 1 in slot 4": spend(single(4, q - 1n)),
  }),
};

const made = (change: Case["inputs"]): Case["inputs"] => ({
  pre: 5n,
  amount: single(2, 9n),
  domain: 0n,
  controller: 0n,
  ...change,
});
const newNote: Subject = {
  name: "NewNote()",
  file,
  derived: [],
  free: [inverseOfZero],
  accepted: cases({
    free: made({}),
    locked: made({ domain, controller }),
    "the widest": made({ amount: full, domain: 2n ** 248n - 1n, controller: 2n ** 160n - 1n }),
    empty: made({ amount: none }),
  }),
  refused: cases({
    "a domain without a controller": made({ domain }),
    "a controller without a domain": made({ controller }),
    "a domain of 249 bits": made({ domain: 2n ** 248n, controller }),
    "a controller of 161 bits": made({ domain, controller: 2n ** 160n }),
    "a domain of q − 1": made({ domain: q - 1n, controller }),
    "2^63 in slot 0": made({ amount: single(0, 2n ** 63n) }),
    "q − 1 in slot 7": made({ amount: single(7, q - 1n) }),
  }),
};

const base = transactCase();
const good = transactSample(base);
const free = (amount: readonly bigint[], pre = 9n): TransactCase["outputs"][0] => ({
  pre,
  amount,
  domain: 0n,
  controller: 0n,
});
const dummy = { nullifyingKey: 7n, blinding: 8n, amount: none };
const withOutput = (change: Partial<TransactCase["outputs"][0]>): TransactCase => ({
  ...base,
  outputs: [{ ...base.outputs[0], ...change }, base.outputs[1]],
});

export const transact: Subject = {
  name: "transact",
  // Simplification has removed signatureS, of which its bits are left.
  given: ["VerifySignature_0.Num2Bits_0.out"],
  // Simplification writes outAmount[1][3] and [7] as what withdrawLo and withdrawHi leave, so these are given for those.
  derived: ["root", "nullifier", "outCommitment", "outAmount[1][3]", "outAmount[1][7]", "withdrawAmount"],
  free: [inverseOfZero],
  accepted: [
    ...cases({
      "two notes, one lock, a withdrawal": good.inputs,
      "a note and a dummy": transactSample(
        transactCase({
          inputs: [{ ...base.inputs[0], amount: single(0, 5n) }, dummy],
          outputs: [free(single(0, 4n)), free(none, 1n)],
          withdraw: single(0, 1n),
        }),
      ).inputs,
      "all full": transactSample(
        transactCase({
          inputs: [
            { ...base.inputs[0], amount: full },
            { ...base.inputs[1], amount: full },
          ],
          outputs: [free(full), free(none, 1n)],
          withdraw: full,
        }),
      ).inputs,
    }),
    {
      label: "two dummies",
      given: ["root"],
      inputs: transactSample(
        transactCase({
          inputs: [dummy, { ...dummy, blinding: 10n }],
          outputs: [free(none), free(none, 1n)],
          withdraw: none,
        }),
      ).inputs,
    },
  ],
  refused: cases({
    "more out than in": transactSample(withOutput({ amount: [121n, ...base.outputs[0].amount.slice(1)] })).inputs,
    "a negative output": transactSample(
      transactCase({
        inputs: [{ ...base.inputs[0], amount: single(0, 5n) }, dummy],
        outputs: [free(single(0, 6n)), free(single(0, q - 1n), 1n)],
        withdraw: none,
      }),
    ).inputs,
    "a negative withdrawal": transactSample(
      transactCase({
        inputs: [{ ...base.inputs[0], amount: single(0, 5n) }, dummy],
        outputs: [free(single(0, 6n)), free(none, 1n)],
        withdraw: single(0, q - 1n),
      }),
    ).inputs,
    "a note that is not in the tree": transactSample(
      transactCase({ inputs: [{ ...base.inputs[0], leafIndex: undefined }, base.inputs[1]] }),
    ).inputs,
    "another root": transactSample(base, { values: { root: 1n } }).inputs,
    "another first nullifier": transactSample(base, {
      values: { nullifier: [1n, (good.inputs.nullifier as bigint[])[1]!] },
    }).inputs,
    "another second nullifier": transactSample(base, {
      values: { nullifier: [(good.inputs.nullifier as bigint[])[0]!, 1n] },
    }).inputs,
    "another output commitment": transactSample(base, {
      values: { outCommitment: [1n, (good.inputs.outCommitment as bigint[])[1]!] },
    }).inputs,
    "another withdrawal than the packed one": transactSample(base, { values: { withdrawLo: 11n } }).inputs,
    "another upper withdrawal": transactSample(base, { values: { withdrawHi: 1n } }).inputs,
    "a controller without a domain": transactSample(withOutput({ controller: 5n })).inputs,
    "a domain without a controller": transactSample(withOutput({ domain: 5n })).inputs,
    "a signature by another key": transactSample(transactCase({ signer: spendingKey(8) })).inputs,
    "a signature of another transaction": transactSample(transactCase({ message: 1n })).inputs,
    "S + 2l": transactSample(base, { secrets: { signatureS: (good.inputs.signatureS as bigint) + 2n * subgroupOrder } })
      .inputs,
    "R8 off the curve": transactSample(base, { secrets: { signatureR8x: 1n } }).inputs,
    "the identity as key": transactSample(transactCase({ key: { ...base.key, point: { x: 0n, y: 1n } } }), {
      secrets: { signatureR8x: multiply(base8, 12n).x, signatureR8y: multiply(base8, 12n).y, signatureS: 12n },
    }).inputs,
  }),
};

export const transactTemplates: Subject[] = [spendInput, newNote];
