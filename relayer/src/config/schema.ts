import { z } from "zod";
import {
  attestor,
  batcher,
  dvn,
  executor,
  guardian,
  keeper,
  orderSender,
  prover,
  submitter,
  trustee,
  watchman,
} from "./roles.ts";
import type { profit } from "./values.ts";
import { keyReference, milliseconds, wei } from "./values.ts";

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

/**
 * The configuration of a relayer: one strict schema, parsed once. Every default is stated here; unknown keys are errors.
 * Keys never stand in it: a key is a reference, `env:NAME`, `file:PATH` or `keystore:PATH` (an encrypted file); one that signs may also
 * be `kms:REGION/ID`, a key that never leaves AWS KMS.
 */
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
