/** The classes of https://github.com/0xPARC/zk-bug-tracker, "Common Vulnerabilities". */
export const trackerClasses = {
  underConstrained: "1. Under-constrained circuits",
  nondeterministic: "2. Nondeterministic circuits",
  overflow: "3. Arithmetic over/under flows",
  bitLengths: "4. Mismatching bit lengths",
  unusedInput: "5. Unused public inputs optimized out",
  frozenHeart: "6. Frozen Heart",
  trustedSetup: "7. Trusted set-up leak",
} as const;

export type TrackerClass = keyof typeof trackerClasses;
