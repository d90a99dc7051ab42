/** An account whose collateral may fall by 9.09 % before it can be flagged. */
export const standing = {
  account: `0x${"ac".repeat(32)}`,
  market: "USDC",
  coverage: 11n,
  requirement: 10n,
  priced: true,
  covered: true,
  fallToFlagBps: 909,
  proofSecondsLeft: null,
  flaggedAt: 0,
  locks: 1,
} as const;
