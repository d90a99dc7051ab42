pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/comparators.circom";

// 0 ≤ in < 2^n, for n ≤ 253 (2^253 < q, so the binary form is unique).
template Range(n) {
    signal input in;
    component bits = Num2Bits(n);
    bits.in <== in;
}

// The 254 bits of a field element in its canonical form, the one below q.
//
// 254 bits hold h or, when it is below 2^254 too, h + q. The form is canonical if its top 126 bits are strictly below
// q's: refusing equality too costs a valid h with probability 2^-126 and spares the comparison of the lower bits. Only
// for an h that is a hash: nobody finds one that is refused.
template CanonicalBits() {
    signal input in;
    signal output bit[254];

    component bits = Num2Bits(254);
    bits.in <== in;
    var top = 0;
    for (var b = 0; b < 126; b++) {
        top += bits.out[128 + b] * (1 << b);
    }
    // −1 is q − 1, which has the same top bits as q.
    Range(126)((-1 >> 128) - 1 - top);
    bit <== bits.out;
}

// in ≠ 0.
template NonZero() {
    signal input in;
    // A witness of the inverse exists exactly when `in` is not 0, and the product pins it.
    signal inverse <-- in != 0 ? 1 / in : 0;
    in * inverse === 1;
}

// Eight 63-bit amounts and the two words they are packed in: word w = Σ_{i<4} a_{4w+i}·2^(63·i).
// Each amount is range-checked here, so a pair of words has exactly one opening (4·63 = 252 bits < q).
template PackedAmounts() {
    signal input amount[8];
    signal output lo;
    signal output hi;

    for (var i = 0; i < 8; i++) {
        Range(63)(amount[i]);
    }
    component pack = PackCheckedAmounts();
    pack.amount <== amount;
    lo <== pack.lo;
    hi <== pack.hi;
}

// The same packing without the range check: only for amounts that something else has already bounded.
template PackCheckedAmounts() {
    signal input amount[8];
    signal output lo;
    signal output hi;

    var low = 0;
    var high = 0;
    for (var i = 0; i < 4; i++) {
        low += amount[i] * (1 << (63 * i));
        high += amount[4 + i] * (1 << (63 * i));
    }
    lo <== low;
    hi <== high;
}

// Splits a word into `n` lanes of `width` bits, lane 0 lowest; the word is below 2^(n·width), n·width ≤ 253.
template Lanes(n, width) {
    signal input word;
    signal output lane[n];

    component bits = Num2Bits(n * width);
    bits.in <== word;
    for (var k = 0; k < n; k++) {
        var value = 0;
        for (var b = 0; b < width; b++) {
            value += bits.out[k * width + b] * (1 << b);
        }
        lane[k] <== value;
    }
}

// quotient = ⌊a·b / 2^64⌋ with a quotient of at most `quotientBits` bits; there is no witness when it has more.
//
// The caller guarantees a·b < q as integers (a < 2^63, b < 2^96). The quotient is unique: quotient·2^64 + remainder
// stays below 2^(quotientBits + 64) < q, so the equation holds over the integers, and the remainder is below 2^64.
template MulShift64(quotientBits) {
    signal input a;
    signal input b;
    signal output quotient;

    signal product <== a * b;
    // The remainder is the low 64 bits of the product: pinned by its range, the quotient's range and the equation.
    signal remainder <-- product & ((1 << 64) - 1);
    quotient <-- product >> 64;
    Range(64)(remainder);
    Range(quotientBits)(quotient);
    quotient * (1 << 64) + remainder === product;
}
