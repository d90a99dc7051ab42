import { randomFieldElement } from "../crypto/field.ts";
import { HypothecError } from "../errors/base.ts";
import type { SpendingKey } from "../keys/derive.ts";
import { isZeroAmounts, packAmounts, toAmounts, ZERO_AMOUNTS, type Amounts } from "../notes/amounts.ts";
import { loadedCrypto } from "../crypto/crypto.ts";
import { TAG_OWNER } from "../crypto/generated/tags.ts";
import { commitmentOf, commitmentOfPre, spendNullifierOf } from "../notes/note.ts";
import { TREE_LEVELS, type TreePath } from "../tree/noteTree.ts";
import { buildWitness, digestCommitment } from "./digest.ts";
import { flattenTransact, type TransactPublicValues, type TransactSecrets } from "./generated/publicValues.ts";
import { assertInTree } from "./membership.ts";
import type { Witness } from "./types.ts";

/** A free note to spend. */
export interface TransactInput {
  readonly amounts: Amounts;
  readonly blinding: bigint;
  /** The nullifying key that owns it. */
  readonly nk: bigint;
  readonly path: TreePath;
}

/** A note to make. */
export interface TransactOutput {
  /** Poseidon(TAG_PRE; pk, blinding). */
  readonly pre: bigint;
  readonly amounts: Amounts;
  /** Free note: domain = controller = 0. */
  readonly domain: bigint;
  readonly controller: bigint;
}

export interface TransactWitnessParameters {
  readonly root: bigint;
  /** At most two, the rest is filled with dummies. */
  readonly inputs: readonly TransactInput[];
  readonly outputs: readonly [TransactOutput, TransactOutput];
  readonly withdraw: Amounts;
  readonly ext: bigint;
  readonly spendingKey: SpendingKey;
}

export type TransactWitness = Witness & {
  readonly nullifiers: readonly [bigint, bigint];
  readonly outCommitments: readonly [bigint, bigint];
  readonly withdrawLo: bigint;
  readonly withdrawHi: bigint;
};

/**
 * The witness of a transact, signed by the spending key over `c`.
 *
 * @throws HypothecError `proof.inputs`, `proof.balance`, `proof.lockFields`, `proof.notInTree`, `proof.root`, `proof.signature`.
 */
export async function transactWitness(parameters: TransactWitnessParameters): Promise<TransactWitness> {
  const { root, outputs, ext, spendingKey } = parameters;
  const withdraw = toAmounts(parameters.withdraw);
  const key = spendingKey.publicKey;
  const inputs = parameters.inputs.map((input) => checkInput(input, root, key));
  if (inputs.length > 2) {
    throw new HypothecError(`A transact spends at most 2 notes, got ${inputs.length}`, {
      code: "proof.inputs",
      whatToDo: "Merge notes first, two at a time.",
    });
  }
  while (inputs.length < 2) inputs.push(dummyInput(key));
  const [first, second] = inputs as [SpentInput, SpentInput];
  if (first.nullifier === second.nullifier) {
    throw new HypothecError("The same note was given twice", {
      code: "proof.inputs",
      whatToDo: "Give two different notes, or one.",
    });
  }
  assertConserved(inputs, outputs, withdraw);
  outputs.forEach(checkOutput);

  const { lo, hi } = packAmounts(withdraw);
  const outCommitments = outputs.map(commitmentOfPre) as [bigint, bigint];
  const nullifiers = [first.nullifier, second.nullifier] as const;
  const publicInputs: TransactPublicValues = {
    root,
    nullifier: nullifiers,
    outCommitment: outCommitments,
    withdrawLo: lo,
    withdrawHi: hi,
    ext,
  };
  const values = flattenTransact(publicInputs);
  const commitment = digestCommitment("transact", values);
  const signature = await spendingKey.sign(commitment);
  if (!loadedCrypto().eddsa.verify(key, commitment, signature)) {
    throw new HypothecError("The spending key's signature does not verify under its public key", {
      code: "proof.signature",
      whatToDo: "Check the signer: it must sign the field element with EdDSA-Poseidon on BabyJubJub.",
    });
  }
  const secretInputs: TransactSecrets = {
    spendingKeyX: key.x,
    spendingKeyY: key.y,
    inNullifyingKey: inputs.map((input) => input.nk),
    inBlinding: inputs.map((input) => input.blinding),
    inAmount: inputs.map((input) => input.amounts),
    inLeafIndex: inputs.map((input) => BigInt(input.leafIndex)),
    inSibling: inputs.map((input) => input.siblings),
    outPre: outputs.map((output) => output.pre),
    outAmount: outputs.map((output) => output.amounts),
    outDomain: outputs.map((output) => output.domain),
    outController: outputs.map((output) => output.controller),
    withdrawAmount: withdraw,
    signatureR8x: signature.r8.x,
    signatureR8y: signature.r8.y,
    signatureS: signature.s,
  };
  const witness = buildWitness({ circuit: "transact", publicInputs, secretInputs, values, commitment });
  return { ...witness, nullifiers, outCommitments, withdrawLo: lo, withdrawHi: hi };
}

interface SpentInput {
  readonly amounts: Amounts;
  readonly blinding: bigint;
  readonly nk: bigint;
  readonly leafIndex: number;
  readonly siblings: readonly (readonly bigint[])[];
  readonly nullifier: bigint;
}

function checkInput(input: TransactInput, root: bigint, key: { x: bigint; y: bigint }): SpentInput {
  const { blinding, nk, path } = input;
  const amounts = toAmounts(input.amounts);
  const commitment = freeCommitment(amounts, blinding, nk, key);
  if (!isZeroAmounts(amounts)) {
    assertInTree(commitment, path);
    if (path.root !== root) {
      throw new HypothecError("The inputs' paths belong to different roots", {
        code: "proof.root",
        whatToDo: "Take both paths from the same state of the tree.",
      });
    }
  }
  const nullifier = spendNullifierOf(nk, commitment, path.leafIndex);
  return { amounts, blinding, nk, leafIndex: path.leafIndex, siblings: path.siblings, nullifier };
}

/** An input without amounts: its membership is not required, and a random nullifying key makes its nullifier a new one. */
function dummyInput(key: { x: bigint; y: bigint }): SpentInput {
  const [blinding, nk] = [randomFieldElement(), randomFieldElement()];
  const commitment = freeCommitment(ZERO_AMOUNTS, blinding, nk, key);
  const siblings = Array.from({ length: TREE_LEVELS }, () => [0n, 0n, 0n]);
  return {
    amounts: ZERO_AMOUNTS,
    blinding,
    nk,
    leafIndex: 0,
    siblings,
    nullifier: spendNullifierOf(nk, commitment, 0),
  };
}

function freeCommitment(amounts: Amounts, blinding: bigint, nk: bigint, key: { x: bigint; y: bigint }): bigint {
  const owner = loadedCrypto().poseidon([key.x, key.y, nk], TAG_OWNER);
  return commitmentOf({ amounts, owner, blinding, domain: 0n, controller: 0n });
}

function assertConserved(inputs: readonly SpentInput[], outputs: readonly TransactOutput[], withdraw: Amounts): void {
  const into = inputs.map((input) => input.amounts).reduce((a, b) => a.map((amount, i) => amount + b[i]!));
  const out = [...outputs.map((output) => toAmounts(output.amounts)), withdraw].reduce((a, b) =>
    a.map((amount, i) => amount + b[i]!),
  );
  into.forEach((amount, slot) => {
    if (amount === out[slot]!) return;
    throw new HypothecError(`Slot ${slot}: ${amount} shared units go in, ${out[slot]!} come out`, {
      code: "proof.balance",
      args: { slot, in: amount, out: out[slot] },
      whatToDo: "Outputs and withdrawal must add up to the inputs in every slot.",
    });
  });
}

function checkOutput({ domain, controller }: TransactOutput): void {
  const isFree = domain === 0n && controller === 0n;
  const isLock = domain > 0n && domain < 1n << 248n && controller > 0n && controller < 1n << 160n;
  if (isFree || isLock) return;
  throw new HypothecError("An output has either neither domain nor controller (free) or both (a lock)", {
    code: "proof.lockFields",
    args: { domain, controller },
    whatToDo: "Name the controller's address, which is not zero, and the domain of the engine.",
  });
}
