import { z } from "zod";

/**
 * The configuration of a relayer: one strict schema, parsed once. Every default is stated here; unknown keys are errors.
 * Keys never stand in it: a key is a reference, `env:NAME`, `file:PATH` or `keystore:PATH` (an encrypted file); one that signs may also
 * be `kms:REGION/ID`, a key that never leaves AWS KMS.
 */
const keyReference = z
  .string()
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|(file|keystore):.+)$/,
    'a key is a reference, "env:NAME", "file:PATH" or "keystore:PATH", never the key itself',
  );

const signerPattern = /^(env:[A-Za-z_][A-Za-z0-9_]*|(file|keystore):.+|kms:[a-z]{2}[a-z0-9-]*-\d\/[A-Za-z0-9:/_-]+)$/;
const signerText =
  'a key is a reference, "env:NAME", "file:PATH", "keystore:PATH" or "kms:REGION/ID" (an id, an ARN or alias/NAME), never the key itself';

/** A key that signs; its secret need not be readable. */
const signerReference = z.string().regex(signerPattern, signerText);

/** Several keys in rotation: any of them may send what the role sends, and a stuck or empty one is passed over. */
const signerReferences = z
  .union([signerReference, z.array(signerReference).min(1).max(16)], {
    error: `${signerText}; or a list of up to 16 such`,
  })
  .transform((keys) => (typeof keys === "string" ? [keys] : keys))
  .refine((keys) => new Set(keys).size === keys.length, "the same key stands in the list twice");

/** A key whose address is more than a sender. */
const boundSigner = (why: string) => z.string(`one key, no list: ${why}`).regex(signerPattern, signerText);

/** Hosts that only this machine reaches. */
export const ownAddresses = new Set(["127.0.0.1", "::1", "localhost"]);

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "an address is 0x and 40 hex digits");
const milliseconds = z.number().int().positive();
/** Wei as a decimal string: JSON numbers cannot hold it. */
const wei = z.string().regex(/^\d+$/, "an amount in wei is a string of decimal digits");

const signedWei = z
  .string()
  .regex(/^-?\d+$/, "an amount in wei is a string of decimal digits, with a minus if it is lost");

/**
 * What has to be left of a transaction's earnings once gas and LayerZero's fee are paid, or it waits for cheaper gas. Heartbeats, STATUS, liquidations and
 * settlements never wait: where they cost more than this, the log says so. What each role earns: docs/fees.md.
 */
const profit = z
  .union(
    [
      z.literal("any"),
      z
        .strictObject({
          /** At least so many wei; negative: the most that is given away on one transaction. */
          minWei: signedWei.optional(),
          /** Or at least so many bps (10⁴) of what it costs. */
          minBps: z.number().int().min(-10_000).max(1_000_000).optional(),
          /**
           * Per cent of the announced earnings that are counted: less where they are paid in a coin that is worth less than the one gas is paid in, or are only
           * expected (attestor: one lock for each new note). @default 100
           */
          countPercent: z.number().int().min(0).max(10_000).default(100),
          /** After waiting so long it is sent at any loss; null = never. @default null */
          maxWaitMs: milliseconds.nullable().default(null),
        })
        .refine(
          ({ minWei, minBps }) => (minWei === undefined) !== (minBps === undefined),
          "give exactly one of minWei and minBps",
        ),
    ],
    { error: 'either "any", or exactly one of minWei and minBps, with countPercent and maxWaitMs if need be' },
  )
  .default("any");

const fees = z.strictObject({
  /** Largest max fee per gas the relayer ever signs, wei. @default 500 gwei */
  maxFeePerGas: wei.default("500000000000"),
  /** Largest priority fee per gas, wei. @default 5 gwei */
  maxPriorityFeePerGas: wei.default("5000000000"),
  /** A transaction that is not mined after this long gets higher fees. @default 12000 */
  escalateAfterMs: milliseconds.default(12_000),
  /** A nonce that is not mined after this long is stuck: new transactions go to the role's other keys, if it has any. @default 60000 */
  stuckAfterMs: milliseconds.default(60_000),
  /** Each replacement raises both fees by at least this, per cent. Nodes refuse less than 10. @default 13 */
  escalatePercent: z.number().int().min(10).max(100).default(13),
  /** Replacements never go beyond this multiple of the first fees. @default 3 */
  capMultiple: z.number().int().min(1).max(10).default(3),
});

const chain = z
  .strictObject({
    /** Name of the chain in the deployment file. */
    name: z.string().min(1),
    /**
     * RPC URLs, https or wss (http and ws too). Reads go to the healthiest; whatever is signed rests on what `quorum` of them say
     * (docs/rpc.md). A WebSocket tells of new blocks, so that nothing polls for them.
     */
    rpc: z.array(z.url({ protocol: /^(https?|wss?)$/ })).min(1),
    /**
     * How many RPCs must agree on what is final, and on every read of a final block, before anything is planned or signed on it. Less than a
     * majority is no protection. @default a majority of `rpc`
     */
    quorum: z.number().int().positive().optional(),
    /**
     * When a block is final: the chain's own `"finalized"` tag, or a number of confirmations, the block itself counted
     * (1 = the head is final). @default "finalized"
     */
    confirmations: z.union([z.literal("finalized"), z.number().int().positive()]).default("finalized"),
    /**
     * Least time between two polls. Slow blocks are polled for less often, four times in the shortest time between the newest ones, and at
     * least every three seconds; with a WebSocket every ten. @default 500
     */
    pollIntervalMs: milliseconds.default(500),
    /** Most blocks in one eth_getLogs while catching up; fewer where the node refuses so many. @default 2000 */
    maxLogRange: z.number().int().positive().default(2_000),
    fees: fees.prefault({}),
  })
  .refine(({ rpc, quorum = 1 }) => quorum <= rpc.length, {
    message: "quorum is more than there are RPCs: nothing could ever be signed",
    path: ["quorum"],
  })
  .refine(({ rpc }) => new Set(rpc).size === rpc.length, {
    message: "an RPC stands there twice: it would have two votes",
    path: ["rpc"],
  });

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

const batcher = z.strictObject({
  /** One key, or several in rotation. The entry fees go to the first. */
  key: signerReferences,
  seal: seal.prefault({}),
  gather: gather.prefault({}),
  /** Earns the entry fees of what it appends. @default "any" */
  profit,
});

const attestor = z.strictObject({
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

const dvn = z.strictObject({
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

const executor = z.strictObject({
  /** One key, or several in rotation: all of them have the admin role on the deployment's Executor contracts, or none has. */
  key: signerReferences,
  /** Earns what the sender of the packet paid the Executor: half for committing it, half for delivering it. @default "any" */
  profit,
});

const orderSender = z.strictObject({
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

const keeper = z.strictObject({
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

const watchman = z.strictObject({
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

const guardian = z.strictObject({
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

const trustee = z
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

const submitter = z.strictObject({
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

/** Where the store is, when it is a PostgreSQL server. */
export const store = z.strictObject({
  /** Its URL, postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…: a secret, so by reference, env:NAME or file:PATH. */
  postgres: keyReference.refine((text) => !text.startsWith("keystore:"), "a URL is in env:NAME or file:PATH"),
  /** Schema of the tables: relayers of several operators or networks may share a database. @default "hypothec" */
  schema: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,39}$/, "a schema is up to 40 lower-case letters, digits and _, no digit first")
    .default("hypothec"),
});

/** What a key opens: `read` the operator's view (and a council member's part), `submit` transactions, `prove` witnesses. */
export const apiRoles = ["read", "submit", "prove"] as const;
export type ApiRole = (typeof apiRoles)[number];

/** A reference alone opens what `read` does. */
const apiKey = z.union(
  [keyReference, z.strictObject({ key: keyReference, roles: z.array(z.enum(apiRoles)).min(1) })],
  'a key is a reference, "env:NAME", "file:PATH" or "keystore:PATH", never the key itself, or { "key": reference, "roles": ["read", "submit", "prove"] }',
);

const http = z.strictObject({
  /** Address to listen on. Any other than this machine's own (127.0.0.1, ::1, localhost) needs `apiKeys`. @default "127.0.0.1" */
  host: z.string().min(1).default("127.0.0.1"),
  /** 0 = one that the system chooses; the log says which. @default 8787 */
  port: z.number().int().min(0).max(65_535).default(8_787),
  /** Keys that open /v1, at least 16 characters each. Without any, whoever reaches the port may read and submit. @default [] */
  apiKeys: z.array(apiKey).default([]),
  /**
   * Other machines reach this port through a proxy only, which speaks TLS: witnesses may come in though `host` is not this machine's own.
   * @default false
   */
  behindTls: z.boolean().default(false),
  /** Largest request body, bytes. @default 16384 */
  maxBodyBytes: z.number().int().nonnegative().default(16_384),
  /** Requests to /v1 per client address and minute. @default 120 */
  requestsPerMinute: z.number().int().positive().default(120),
  /** When /ready says no. */
  ready: z
    .strictObject({
      /** The last block taken, and the last time the node answered, may be this old, seconds. @default 120 */
      maxLagSeconds: z.number().int().positive().default(120),
      /** Blocks between the node's head and what is in the store. @default 10 */
      maxLagBlocks: z.number().int().nonnegative().default(10),
    })
    .prefault({}),
});

export const logLevel = z.enum(["trace", "debug", "info", "warn", "error", "fatal"]).default("info");
/** Credentials are references too. Nothing here is needed without a `kms:` key. */
const kms = z.strictObject({
  /** Where requests go, for a VPC endpoint or another service that speaks the same. @default https://kms.REGION.amazonaws.com */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** @default "env:AWS_ACCESS_KEY_ID" */
  accessKeyId: keyReference.default("env:AWS_ACCESS_KEY_ID"),
  /** @default "env:AWS_SECRET_ACCESS_KEY" */
  secretAccessKey: keyReference.default("env:AWS_SECRET_ACCESS_KEY"),
  /** Of temporary credentials. @default there is none */
  sessionToken: keyReference.optional(),
  /** @default 10000 */
  timeoutMs: milliseconds.max(60_000).default(10_000),
});

/** How `kms:` keys are reached where no configuration says otherwise. */
export const defaultKms = kms.parse({});

export const configSchema = z.strictObject({
  /** Shown in every log line. @default "relayer" */
  name: z.string().min(1).default("relayer"),
  /** Path of the deployment JSON, relative to the configuration file. */
  deployment: z.string().min(1),
  /** Directory of the embedded store, relative to the configuration file. Not used with `store`. @default "data" */
  dataDir: z.string().min(1).default("data"),
  /** A PostgreSQL server as the store, which several processes may share. @default the embedded one in `dataDir` */
  store: store.optional(),
  /** Path of the circuits' manifest. @default found by the SDK */
  artifacts: z.string().min(1).optional(),
  /** @default "info" */
  logLevel,
  chains: z.array(chain).length(2, "two chains: the vault chain and the margin chain of the deployment"),
  /** This relayer among those that do the same work, so that they do not do it twice. */
  race: z
    .strictObject({
      /** From 0. @default 0 */
      index: z.number().int().nonnegative().default(0),
      /** @default 1 */
      of: z.number().int().positive().default(1),
      /** The next relayer steps in when the first has not done it after this. @default 5000 */
      handoverMs: milliseconds.default(5_000),
      /** The same for work that begins with a proof, which must have the time to be made. @default 20000 */
      proofHandoverMs: milliseconds.default(20_000),
    })
    .prefault({})
    .refine((race) => race.index < race.of, "race.index must be below race.of"),
  /** The operator's HTTP interface: health, metrics, messages and a status page. @default off */
  http: http.optional(),
  /** How `kms:` keys are reached. */
  kms: kms.prefault({}),
  /** A role is on when it is present. */
  roles: z.strictObject({
    batcher: batcher.optional(),
    attestor: attestor.optional(),
    dvn: dvn.optional(),
    executor: executor.optional(),
    orderSender: orderSender.optional(),
    keeper: keeper.optional(),
    trustee: trustee.optional(),
    prover: prover.optional(),
    submitter: submitter.optional(),
    watchman: watchman.optional(),
    guardian: guardian.optional(),
  }),
});

/** What a configuration file may say (defaults left out). */
export type ConfigInput = z.input<typeof configSchema>;
export type Config = z.output<typeof configSchema>;
export type ChainConfig = Config["chains"][number];
export type StoreConfig = z.output<typeof store>;
export type HttpConfig = NonNullable<Config["http"]>;
export type FeeConfig = ChainConfig["fees"];
export type KmsConfig = Config["kms"];
export type ProfitConfig = z.output<typeof profit>;
export type RoleName = keyof Config["roles"];
