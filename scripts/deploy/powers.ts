const DAY = 86_400;

/** What a role of the chain's authority is for, and how long its members announce what they do, seconds. */
export type Role = { id: bigint; delay: number; who: "council" | "risk" | "guardian"; label: string };

/**
 * The roles of a chain's `ChainAuthority` (docs/governance.md). What no role has is the admin's: the council, after ADMIN_DELAY. Every announced operation can be
 * cancelled by a guardian.
 */
export const ROLES = {
  /** What is new and nobody is in yet. */
  listing: { id: 1n, delay: 3 * DAY, who: "council", label: "LISTING" },
  /** Whatever lets more in, or out, than now. */
  loosening: { id: 2n, delay: 3 * DAY, who: "council", label: "LOOSENING" },
  /** Whom messages are believed from, and who bears losses. */
  wiring: { id: 3n, delay: 7 * DAY, who: "council", label: "WIRING" },
  /** What an incident needs, within the week that a veto lasts. */
  rescue: { id: 4n, delay: DAY, who: "council", label: "RESCUE" },
  /** Risk models: RiskSet has delays of its own, by direction (ADR 0015). */
  risk: { id: 5n, delay: 0, who: "risk", label: "RISK" },
  /** What only tightens. */
  tightening: { id: 6n, delay: 0, who: "guardian", label: "TIGHTENING" },
} as const satisfies Record<string, Role>;

export type RoleName = keyof typeof ROLES;

/** Cancels what others have announced; has no function of its own. */
export const GUARDIAN_ROLE = 7n;
export const ADMIN_ROLE = 0n;
export const ADMIN_DELAY = 7 * DAY;

const receiver = { setPeer: "wiring", setDelegate: "wiring" } as const;
const sender = { ...receiver, setEnforcedOptions: "wiring" } as const;

/** Which role may call which function, by contract. A function that is missing here is the admin's. */
export const POWERS: Readonly<Record<string, Readonly<Record<string, RoleName>>>> = {
  CollateralVault: {
    listAsset: "listing",
    setCap: "loosening",
    setOutflowLimit: "loosening",
    pauseDeposits: "tightening",
    unpauseDeposits: "loosening",
    setGuardian: "wiring",
  },
  OrderInbox: {
    ...receiver,
    registerEngine: "listing",
    setOrderDelay: "loosening",
    cancel: "rescue",
    setGuardian: "wiring",
  },
  RecoveryVault: { postDebts: "rescue", setGuardian: "wiring" },
  VaultMessenger: sender,
  MarginEngine: {
    createMarket: "listing",
    addSource: "listing",
    setSourceLimits: "loosening",
    revokeRoots: "rescue",
    setGuardian: "wiring",
  },
  RiskSet: { addVersion: "risk", setOpenable: "risk", retireVersion: "risk" },
  PriceBoard: { addSet: "listing", addAsset: "listing", setSequencerFeed: "wiring", setBreaker: "loosening" },
  CreditPool: { setCaps: "loosening", setGuardian: "wiring", setReserve: "loosening", setInsuranceFund: "wiring" },
  InsuranceFund: {
    redeem: "rescue",
    announceWithdrawal: "loosening",
    cancelWithdrawal: "tightening",
    withdraw: "rescue",
  },
  OrderQueue: sender,
  RootInbox: receiver,
  // As the OApps' delegate.
  Endpoint: {
    setSendLibrary: "wiring",
    setReceiveLibrary: "wiring",
    setReceiveLibraryTimeout: "wiring",
    setConfig: "wiring",
  },
};
