pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";

// One tagged hash: circomlib's Poseidon permutation with `tag` as its initial state (capacity).
//
// Every use of Poseidon in this project has a tag of its own (templates/tags.circom), so a value made for one
// use is never a valid value for another, whatever the number of inputs. The tag is a constant, never a signal:
// a prover cannot choose it.
template TaggedHash(n, tag) {
    signal input in[n];
    signal output out;

    component permutation = PoseidonEx(n, 1);
    permutation.initialState <== tag;
    permutation.inputs <== in;
    out <== permutation.out[0];
}

// A key stream of `nOuts` field elements from `n` inputs.
template TaggedStream(n, nOuts, tag) {
    signal input in[n];
    signal output out[nOuts];

    component permutation = PoseidonEx(n, nOuts);
    permutation.initialState <== tag;
    permutation.inputs <== in;
    out <== permutation.out;
}
