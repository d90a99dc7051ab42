import { z } from "zod";
import {
  address,
  boundSigner,
  keyReference,
  milliseconds,
  ownAddresses,
  profit,
  signerReference,
  signerReferences,
  wei,
} from "./values.ts";

const seal = z.strictObject({
  /** Seal an open chunk whose first entry is this old; null = never seal. @default 2000 */
  maxAgeMs: z.number().int().nonnegative().nullable().default(2_000),
  /** Do not seal with fewer entries than this. @default 1 */
  minEntries: z.number().int().min(1).max(15).default(1),
  /** Most the relayer pays for missing entries to seal before the vault's own delay, wei; "0" = wait for the delay. @default "0" */
  maxFee: wei.default("0"),
});

const gather = z.strictObject({
  /**
   * How long a sealed chunk, the first of four, waits for the three after it: together they cost a third of the gas a leaf. 0 = never. What is sealed
   * already always goes together. @default 60000
   */
  maxWaitMs: z.number().int().nonnegative().default(60_000),
  /** It waits only while the base fee is at least this, wei per gas: below it, time is worth more. @default 20 gwei */
  minBaseFee: wei.default("20000000000"),
});

export const batcher = z.strictObject({
  /** One key, or several in rotation. The entry fees go to the first. */
  key: signerReferences,
  seal: seal.prefault({}),
  gather: gather.prefault({}),
  /** Earns the entry fees of what it appends. @default "any" */
  profit,
});

export const attestor = z.strictObject({
  /** One key, or several in rotation. Each collects the fees of the roots that it attested. */
  key: signerReferences,
  /** Expected to earn the attestation fee once for each note that is new under the root. @default "any" */
  profit,
  /** Least time between two attestations of this relayer, on top of the messenger's cadence. @default 0 */
  minIntervalMs: z.number().int().nonnegative().default(0),
  /** Most it pays LayerZero for one message, wei. @default 0.1 ether */
  maxFee: wei.default("100000000000000000"),
  /**
   * Send a STATUS when the margin chain's last report is older, seconds: it stops borrowing after seven days. One is sent
   * too when a heartbeat has ended a silence that was reported. 0 = never.
   * @default 172800
   */
  statusAfterSeconds: z.number().int().nonnegative().default(172_800),
});

const veto = z
  .strictObject({
    /** The packet is posted there as JSON; only the answer {"veto": false} lets it be signed. https, or http on this machine. */
    url: z
      .url({ protocol: /^https?$/ })
      .refine((text) => {
        const { protocol, hostname } = new URL(text);
        return protocol === "https:" || ownAddresses.has(hostname.replace(/^\[|\]$/g, ""));
      }, "a veto hook's address is https://…; http only on this machine: what it lets through is signed")
      .optional(),
    /** Sent as `authorization: Bearer` to the URL. */
    urlKey: keyReference.optional(),
    /** A program and its arguments, an absolute path: the packet is its standard input; exit code 0 lets it be signed, 1 vetoes it. */
    command: z
      .array(z.string().min(1))
      .min(1)
      .refine(([program]) => program?.startsWith("/") === true, "command begins with an absolute path")
      .optional(),
    /** A file that must be there: every packet is vetoed whose GUID or pathway ("roots", "orders") is a line of it; "*" vetoes all. Relative to the configuration file. */
    file: z.string().min(1).optional(),
    /** An answer that takes longer is none, milliseconds. @default 10000 */
    timeoutMs: milliseconds.max(60_000).default(10_000),
    /** A packet that was vetoed, or of which nothing was said, is asked about again after this, milliseconds. @default 30000 */
    againMs: milliseconds.default(30_000),
  })
  .refine(({ url, command, file }) => [url, command, file].some((hook) => hook !== undefined), {
    message: "a veto needs a url, a command or a file; with several, each must let a packet through",
    path: ["url"],
  })
  .refine(({ url, urlKey }) => urlKey === undefined || url !== undefined, {
    message: "urlKey goes with url",
    path: ["urlKey"],
  });

export const dvn = z.strictObject({
  /** Signs verifications; named in the DVN contracts as a signer. Sends nothing and needs no funds. */
  signerKey: signerReference,
  /** Has the admin role on the DVN contracts and pays the gas of `execute`. One key, or several in rotation: each needs the role. */
  adminKey: signerReferences,
  /** Earns what the sender of the packet paid the DVN. @default "any" */
  profit,
  /** This operator's DVN contract per chain name. */
  addresses: z.record(z.string(), address),
  /** How long a signature stays valid, seconds. @default 3600 */
  signatureTtlSeconds: z.number().int().positive().default(3_600),
  /** Who may keep a packet from being signed. Without an answer nothing is signed. @default nobody */
  veto: veto.optional(),
});

export const executor = z.strictObject({
  /** One key, or several in rotation: all of them have the admin role on the deployment's Executor contracts, or none has. */
  key: signerReferences,
  /** Earns what the sender of the packet paid the Executor: half for committing it, half for delivering it. @default "any" */
  profit,
});

export const orderSender = z.strictObject({
  /** One key, or several in rotation. */
  key: signerReferences,
  /** Earns nothing: a negative minWei is the most that one message may cost. @default "any" */
  profit,
  /**
   * Queue a HEARTBEAT when the last one is older, seconds: without one for fifteen days nothing can be borrowed, and after thirty the vault
   * chain lets locks go. 0 = never. @default 259200
   */
  heartbeatAfterSeconds: z.number().int().nonnegative().default(259_200),
  /** Most orders in one message; OrderQueue takes up to 32. @default 8 */
  maxOrders: z.number().int().min(1).max(32).default(8),
  /** @default 0.1 ether */
  maxFee: wei.default("100000000000000000"),
});

export const keeper = z.strictObject({
  /** Flags, starts auctions and buys: it holds the debt tokens. */
  key: boundSigner("the keeper's address holds the debt tokens, and is paid the fees"),
  /** Of a purchase, on top of minProfitBps: its gas in the vault chain's coin. Flags and auctions do not wait. @default "any" */
  profit,
  /** 32-byte seed of the operator's own Hypothec keys: bought claims become notes of theirs. Needed to buy. */
  claimSeed: keyReference.optional(),
  /** Buy when the seized assets are worth at least this much more than what is paid, bps of 10⁴. @default 100 */
  minProfitBps: z.number().int().nonnegative().default(100),
  /** Most spent on one claim, in units of the debt token; "0" = never buy. @default "0" */
  maxSpend: z.string().regex(/^\d+$/).default("0"),
  /** Buy what claims that were taken over seized on the vault chain. @default off */
  lots: z
    .strictObject({
      /** Who has the tokens on the vault chain, once the RELEASE is there. */
      recipient: address,
      /** Most spent on one lot, in units of the debt token. */
      maxSpend: z.string().regex(/^\d+$/),
      /** Buy when a lot's tokens are worth at least this much more than what is paid, bps of 10⁴. @default 300 */
      minProfitBps: z.number().int().nonnegative().default(300),
    })
    .optional(),
  /** Hand a claim that nobody bought to the insurance fund or the pool this long after its auction, seconds. @default 600 */
  takeoverDelaySeconds: z.number().int().nonnegative().default(600),
  /** Check every open account at least this often even if no price moved (interest accrues), milliseconds. @default 30000 */
  sweepIntervalMs: milliseconds.default(30_000),
});

const pyth = z.strictObject({
  /** Pyth's contract on the margin chain. */
  contract: address,
  /** Base URL of a Hermes-compatible service: https, or http on this machine. */
  hermes: z.url({ protocol: /^https?$/ }),
  /** Ids of the prices that the deployment's feeds read, 0x and 64 hex digits. */
  ids: z
    .array(z.string().regex(/^0x[0-9a-fA-F]{64}$/, "a price id is 0x and 64 hex digits"))
    .min(1)
    .max(32),
  /** Push when the price on chain is older, seconds. Below the heartbeat of the board's feeds. @default 30 */
  maxAgeSeconds: z.number().int().positive().default(30),
  /** Push earlier when the price has moved by this much, bps of 10⁴. @default 50 */
  deviationBps: z.number().int().positive().default(50),
  /** Ask the service at most this often, milliseconds. @default 5000 */
  pollMs: milliseconds.default(5_000),
  /** Most it pays Pyth for one update, wei. @default 0.01 ether */
  maxFee: wei.default("10000000000000000"),
});

export const watchman = z.strictObject({
  /** Trips the circuit breaker, takes the snapshots that show a move, pays out delayed withdrawals, pushes prices. Pays gas on both chains. */
  key: keyReference,
  /**
   * The margin engine's guardian: revokes a source's roots when one was accepted that its vault does not have. Pays gas on the margin chain.
   * @default none: such a root is an alarm, and nothing more
   */
  guardianKey: keyReference.optional(),
  /** Trip the breaker of the deployment's collateral set, where it has one. @default true */
  breaker: z.boolean().default(true),
  /**
   * Longest time between two snapshots, so that the breaker has prices from before a move, seconds.
   * 0 = as often as the breaker's window asks for: a third of it less two minutes. @default 0
   */
  snapshotSeconds: z.number().int().nonnegative().default(0),
  /** Pay delayed withdrawals to their recipients once they are due. @default true */
  claimDelayed: z.boolean().default(true),
  /** A delayed withdrawal that is due waits while the vault chain's base fee is above this, wei per gas. @default 50 gwei */
  claimMaxBaseFee: wei.default("50000000000"),
  /** Push prices of Pyth's pull oracle on the margin chain. @default off */
  pyth: pyth.optional(),
});

/** A client's account that a guardian looks after. */
const guardedAccount = z.strictObject({
  /** Id of the account. Its controller must have approved `roles.guardian.key` as operator. */
  account: z.string().regex(/^0x[0-9a-fA-F]{64}$/, "an account is 0x and 64 hex digits"),
  /** The openings of its locks, one reference each, as `exportOpening` of the SDK writes them: they show, and cannot spend. */
  openings: z.array(keyReference).min(1).max(8),
});

export const guardian = z.strictObject({
  /** Operator of its clients' accounts, approved by their controllers. Pays gas on the margin chain. */
  key: keyReference,
  /** @default [] */
  accounts: z.array(guardedAccount).default([]),
  /** Prove anew when live coverage is below this much of the maintenance requirement, bps of 10⁴. @default 11000 */
  refreshBelowBps: z.number().int().min(10_000).max(100_000).default(11_000),
  /** Prove anew this long before a proof expires, seconds. @default 172800 */
  renewBeforeSeconds: z.number().int().positive().default(172_800),
  /** Floors as a fraction of the snapshot, bps: 10000, 9000, 7500 or 5000; higher ones are used where these do not suffice. @default 9000 */
  floorBps: z.union([z.literal(10_000), z.literal(9_000), z.literal(7_500), z.literal(5_000)]).default(9_000),
  /** Least time between two attempts for the same lock that gain nothing, seconds. @default 60 */
  retrySeconds: z.number().int().positive().default(60),
});

/** Partial decryptions and API keys travel on it: encrypted, or not further than this machine. */
const peerUrl = z.url({ protocol: /^https?$/ }).refine((text) => {
  const { protocol, hostname, username, search, hash } = new URL(text);
  const isPrivate = protocol === "https:" || ownAddresses.has(hostname.replace(/^\[|\]$/g, ""));
  return isPrivate && username === "" && search === "" && hash === "";
}, "a peer's address is https://HOST, with a path if need be; http only on this machine (a tunnel's end)");

const councilSeat = z.strictObject({
  /** Path of the council (public), relative to the configuration file: what `relayer council finish` wrote. */
  council: z.string().min(1),
  /** This member's secret share, 0x and 64 hex digits. Which member it is follows from it. */
  share: keyReference,
  /** The other members' relayers. The threshold less one must answer for anything to be opened. */
  peers: z
    .array(
      z.strictObject({
        /** Of the member in the council. */
        index: z.number().int().min(1).max(255),
        /** Where its relayer's HTTP interface is. */
        url: peerUrl,
        /** A key that its `http.apiKeys` has. */
        apiKey: keyReference,
      }),
    )
    .min(1),
});

export const trustee = z
  .strictObject({
    /** Secrets of the trustee keys this operator holds: 0x and 64 hex digits each. */
    secrets: z.array(keyReference).min(1).optional(),
    /** This operator's seat in a council that is a market's trustee, in place of `secrets`. Needs `http` with `apiKeys`. */
    council: councilSeat.optional(),
    /** Pays gas and entry fees of settlements. One key, or several in rotation. */
    key: signerReferences,
  })
  .refine(({ secrets, council }) => (secrets === undefined) !== (council === undefined), {
    message: "a trustee has either secrets of its own or a seat in a council: give exactly one of both",
    path: ["secrets"],
  });

/** Calls that a user may hand in for this operator to send. */
export const submittedCalls = ["transact", "openFor", "refreshFor"] as const;

export const submitter = z.strictObject({
  /** Accounts that send what users hand in, and that the fees are bound to; several take turns. */
  keys: z.array(keyReference).min(1),
  /** What is taken. @default all three */
  calls: z
    .array(z.enum(submittedCalls))
    .min(1)
    .default([...submittedCalls]),
  /** A fee must be worth so much more than gas and what the call itself costs, bps of 10⁴; negative = this operator pays part of it. @default 1000 */
  minMarginBps: z.number().int().min(-10_000).max(1_000_000).default(1_000),
  /** A quoted fee stays good while the gas price rises by this, bps of 10⁴. @default 2500 */
  quoteHeadroomBps: z.number().int().nonnegative().max(1_000_000).default(2_500),
  /** Anybody who reaches the port may submit and ask for fees, without a key. @default false */
  public: z.boolean().default(false),
  /** Submissions that are not over yet; more are refused. @default 1000 */
  maxPending: z.number().int().positive().default(1_000),
  /** Submissions per client address and minute: each costs simulations. @default 30 */
  perMinute: z.number().int().positive().default(30),
  /**
   * Which of the vault's slots is priced like a chain's native coin, by chain name: gas is compared with fees through it.
   * @default the vault's native asset, for both chains
   */
  coinSlots: z.record(z.string(), z.number().int().min(0).max(7)).default({}),
});

const proofRequests = z.strictObject({
  /** 32 bytes: witnesses that wait are encrypted with it, and requests are named with it. */
  witnessKey: keyReference,
  /** Requests of one API key that are not over yet. @default 2 */
  maxConcurrent: z.number().int().positive().default(2),
  /** Requests of one API key within an hour. @default 60 */
  perHour: z.number().int().positive().default(60),
  /** A request that is not done by then is cancelled, and a proof that was not fetched is erased, seconds. @default 3600 */
  expireSeconds: z.number().int().positive().max(604_800).default(3_600),
  /** Largest body of a request, bytes: witnesses are larger than `http.maxBodyBytes`. @default 65536 */
  maxBodyBytes: z.number().int().min(1_024).max(1_048_576).default(65_536),
});

export const prover = z
  .strictObject({
    /** Who makes the proofs: snarkjs in this process's threads, or the operator's rapidsnark. @default "snarkjs" */
    backend: z.enum(["snarkjs", "rapidsnark"]).default("snarkjs"),
    /**
     * Path of rapidsnark's `prover`, relative to the configuration file. The relayer starts only when a proof that it makes
     * verifies.
     */
    binary: z.string().min(1).optional(),
    /**
     * Proofs made at the same time. With snarkjs one proof uses all cores, several use one each: 1 is the least latency, as
     * many as there are cores the most proofs an hour (docs/measurements.md). Each costs memory. @default 1
     */
    concurrency: z.number().int().min(1).max(64).default(1),
    /** A proof that takes longer is stopped and tried again. @default 300000 */
    timeoutMs: milliseconds.max(3_600_000).default(300_000),
    /** Attempts at one proof before it is given up as permanent. @default 5 */
    maxAttempts: z.number().int().positive().default(5),
    /** Take witnesses of clients who trust this operator, from API keys of the role `prove`. @default off */
    requests: proofRequests.optional(),
  })
  .refine(({ backend, binary }) => (backend === "rapidsnark") === (binary !== undefined), {
    message: 'binary is the path of rapidsnark: it goes with "backend": "rapidsnark", and only with it',
    path: ["binary"],
  });
