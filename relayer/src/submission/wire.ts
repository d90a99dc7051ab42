import { z } from "zod";

/**
 * What a user sends: a finished call, as JSON. Numbers that may pass 2^53 are strings of decimal digits; bytes and addresses are 0x and
 * hexadecimal digits. Everything is strict: an unknown field is an error.
 */
const decimal = (bits: number) =>
  z
    .string()
    .regex(/^(0|[1-9]\d{0,77})$/, "decimal digits without leading zeros")
    .transform((text) => BigInt(text))
    .refine((value) => value < 1n << BigInt(bits), `less than 2^${bits}`)
    .meta({ type: "string", pattern: "^(0|[1-9][0-9]{0,77})$", description: `decimal, below 2^${bits}` });
const integer = (bits: number) =>
  z
    .number()
    .int()
    .min(0)
    .max(2 ** bits - 1);
const hex = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`), `0x and ${2 * bytes} hex digits`)
    .transform((text) => text.toLowerCase() as `0x${string}`)
    .meta({ type: "string", pattern: `^0x[0-9a-fA-F]{${2 * bytes}}$` });

const address = hex(20);
const bytes32 = hex(32);
const element = decimal(254);
const word = decimal(252);
const memo = hex(288);
const exactly = <Schema extends z.ZodType>(schema: Schema, count: number) => z.array(schema).length(count);

export const zkProof = z.strictObject({ points: exactly(decimal(256), 8), commitment: decimal(256) });

/** Solidity's TransactParams. */
export const transactParams = z.strictObject({
  root: element,
  nullifiers: exactly(element, 2),
  outCommitments: exactly(element, 2),
  withdrawLo: word,
  withdrawHi: word,
  recipient: address,
  relayer: address.describe("one of the addresses of GET /v1/fees: the fee goes there"),
  feeSlot: integer(3),
  fee: decimal(63).describe("shared units of feeSlot, out of the withdrawal"),
  deadline: integer(40),
  memo0: memo,
  memo1: memo,
});

/** Solidity's MarginProof. */
export const marginProof = z.strictObject({
  sourceId: integer(32),
  root: element,
  lockNullifier: element,
  coverageMantissa: integer(8),
  coverageExponent: integer(8),
  snapshot: integer(32),
  floorBps: integer(16),
  profile: integer(8),
  riskVersion: integer(32),
  expiry: integer(40),
  deadline: integer(40),
  ephemeral: z.strictObject({ x: element, y: element }),
  sealedOpening: exactly(element, 5),
  zk: zkProof,
});

/** Solidity's Opening. */
export const opening = z.strictObject({
  market: bytes32,
  salt: bytes32,
  controller: address,
  borrowAssets: decimal(128),
  receiver: address,
  fee: decimal(128).describe("debt token units, borrowed for the submitter"),
});

const submitter = address.describe("one of the addresses of GET /v1/fees: proof and signature name it");
/** Of an ordinary account 65 bytes; a contract's may be longer (EIP-1271). */
const signature = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2}){1,2048}$/, "0x and the hex digits of 1 to 2048 bytes")
  .transform((text) => text.toLowerCase() as `0x${string}`)
  .meta({ type: "string", pattern: "^0x([0-9a-fA-F]{2})+$" });

export const submission = z.discriminatedUnion("call", [
  z.strictObject({ call: z.literal("transact"), params: transactParams, proof: zkProof }),
  z.strictObject({ call: z.literal("openFor"), submitter, opening, proof: marginProof, signature }),
  z.strictObject({
    call: z.literal("refreshFor"),
    submitter,
    account: bytes32,
    fee: decimal(128).describe("debt token units, borrowed for the submitter"),
    proof: marginProof,
    signature,
  }),
]);
export type Submission = z.output<typeof submission>;
