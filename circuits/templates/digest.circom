pragma circom 2.2.0;

include "poseidon.circom";
include "tags.circom";

// The input digest (docs/encodings.md, Input digest): m public values for the price of three.
//
//   c = Poseidon chain over (circuitId, m, x_1..x_m)    fixes the prover's x before r exists
//   y = Σ x_i·r^(m−i)                                    Horner, the last value has r^0
//
// The verifier computes r = keccak256(x ‖ c) mod q and y from the x it knows. Two different vectors agree at r with
// probability at most (m−1)/q, and r is not known before c is. The chain absorbs 15 values a step beside the running
// state; c_0 holds the circuit and the length, so no vector of another circuit or length has the same c.
template InputDigest(circuitId, m) {
    signal input x[m];
    signal input r;
    signal output c;
    signal output y;

    var steps = (m + 14) \ 15;
    component step[steps];
    for (var k = 0; k < steps; k++) {
        step[k] = TaggedHash(16, TAG_DIGEST());
        if (k == 0) {
            step[k].in[0] <== circuitId * (1 << 32) + m;
        } else {
            step[k].in[0] <== step[k - 1].out;
        }
        for (var i = 0; i < 15; i++) {
            if (15 * k + i < m) {
                step[k].in[1 + i] <== x[15 * k + i];
            } else {
                step[k].in[1 + i] <== 0;
            }
        }
    }
    c <== step[steps - 1].out;

    signal sum[m];
    sum[0] <== x[0];
    for (var i = 1; i < m; i++) {
        sum[i] <== sum[i - 1] * r + x[i];
    }
    y <== sum[m - 1];
}
