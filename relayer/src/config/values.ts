import { z } from "zod";

/** A key is a reference, never the key. */
export const keyReference = z
  .string()
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|(file|keystore):.+)$/,
    'a key is a reference, "env:NAME", "file:PATH" or "keystore:PATH", never the key itself',
  );

const signerPattern = /^(env:[A-Za-z_][A-Za-z0-9_]*|(file|keystore):.+|kms:[a-z]{2}[a-z0-9-]*-\d\/[A-Za-z0-9:/_-]+)$/;
const signerText =
  'a key is a reference, "env:NAME", "file:PATH", "keystore:PATH" or "kms:REGION/ID" (an id, an ARN or alias/NAME), never the key itself';

/** A key that signs; its secret need not be readable. */
export const signerReference = z.string().regex(signerPattern, signerText);

/** Several keys in rotation: any of them may send what the role sends, and a stuck or empty one is passed over. */
export const signerReferences = z
  .union([signerReference, z.array(signerReference).min(1).max(16)], {
    error: `${signerText}; or a list of up to 16 such`,
  })
  .transform((keys) => (typeof keys === "string" ? [keys] : keys))
  .refine((keys) => new Set(keys).size === keys.length, "the same key stands in the list twice");

/** A key whose address is more than a sender. */
export const boundSigner = (why: string) => z.string(`one key, no list: ${why}`).regex(signerPattern, signerText);

/** Hosts that only this machine reaches. */
export const ownAddresses = new Set(["127.0.0.1", "::1", "localhost"]);

export const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "an address is 0x and 40 hex digits");
export const milliseconds = z.number().int().positive();
/** Wei as a decimal string: JSON numbers cannot hold it. */
export const wei = z.string().regex(/^\d+$/, "an amount in wei is a string of decimal digits");

export const signedWei = z
  .string()
  .regex(/^-?\d+$/, "an amount in wei is a string of decimal digits, with a minus if it is lost");

/**
 * What has to be left of a transaction's earnings once gas and LayerZero's fee are paid, or it waits for cheaper gas. Heartbeats, STATUS, liquidations and
 * settlements never wait: where they cost more than this, the log says so. What each role earns: docs/fees.md.
 */
export const profit = z
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
