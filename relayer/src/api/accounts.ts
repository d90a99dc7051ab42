import { z } from "zod";
import { HttpError } from "./httpError.ts";
import type { Route } from "./routes.ts";

const microUsd = z.string().regex(/^\d+$/).describe("µUSD, decimal");

/** One account of the margin chain. */
export const account = z.strictObject({
  account: z.string().regex(/^0x[0-9a-f]{64}$/),
  market: z.string(),
  coverage: microUsd.describe("µUSD at live prices, decimal"),
  requirement: microUsd.describe("maintenance requirement, µUSD, decimal: below it the account can be flagged"),
  priced: z.boolean().describe("whether the debt has a price; without one nothing is flagged"),
  covered: z.boolean(),
  fallToFlagBps: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .describe("largest fall of all collateral prices alike that leaves it covered, of 10000"),
  proofSecondsLeft: z
    .number()
    .int()
    .nullable()
    .describe("until its first proof that counts expires; null when none does"),
  flaggedAt: z.iso.datetime().nullable(),
  locks: z.number().int().nonnegative(),
});

export const accounts = z.strictObject({
  block: z.number().int().describe("of the margin chain; a few blocks may have passed since"),
  total: z.number().int().nonnegative().describe("accounts that owe something"),
  accounts: z.array(account).describe("the nearest to being flagged first"),
});

const query = z.strictObject({
  limit: z.coerce.number<string>().int().min(1).max(500).default(50).describe("most entries in the answer, 1 to 500"),
});

/** Accounts near their floors: public figures of the margin chain, read through its lens. */
export const accountsRoute: Route = {
  path: "/v1/accounts",
  summary: "Accounts that owe something, the nearest to being flagged first",
  access: "read",
  query,
  answers: {
    200: { description: "accounts", schema: "Accounts" },
    404: { description: "none are read", schema: "Error" },
  },
  async handle({ accounts: read }, { query: asked }) {
    if (read === undefined)
      throw new HttpError(404, "accounts_unknown", "This relayer does not read accounts.", "Ask another one.");
    const { block, total, accounts: found } = await read((asked as z.output<typeof query>).limit);
    const json = {
      block,
      total,
      accounts: found.map(({ coverage, requirement, flaggedAt, ...rest }) => ({
        ...rest,
        coverage: coverage.toString(),
        requirement: requirement.toString(),
        flaggedAt: flaggedAt === 0 ? null : new Date(flaggedAt * 1_000).toISOString(),
      })),
    };
    return { status: 200, json };
  },
};
