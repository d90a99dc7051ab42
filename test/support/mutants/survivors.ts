/** Mutants that nothing kills, and why that is no hole. Any other survivor fails the test, and so does one of these that is killed. */
export const survivors: Readonly<Record<string, string>> = {
  "bits-alias-127":
    "equivalent: upper 126 bits above q's give a negative difference, which as a field element is far above 2^127; a difference that is not " +
    "negative is below 2^126 by itself. Anything up to 253 bits would do.",
  "covers-headroom-84":
    "equivalent: V is below 2^83 by its lanes, so a headroom that is not negative is below 2^83 by itself, and a negative one is far above 2^84.",
  "margin-secret-unbound":
    "equivalent: `ephemeralSecret` is a private input that nothing else reads. Its bits are e, whatever the input says, and e is the " +
    "prover's choice.",
  "seize-width-64":
    "equivalent: with 64 bits den·seized stays below 2^162, the equation holds over the integers and has one solution.",
  "signature-nonce-curve":
    "no forgery is known: R8 is inside its own challenge h, and for each h one point off the curve at most satisfies the formulas, so that a " +
    "forger needs a fixed point of the hash. The check stays: without it the argument for complete additions would have to be another one.",
  "signature-small-order":
    "redundant: under a key of small order 8·h·A is the identity, for which `MulByHash` has no witness. The check stays, because " +
    "`MulByHash` says that its P is not the identity.",
};
