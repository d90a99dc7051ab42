import { readFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "../../circuits/codegen/instances.ts";
import { DEBT_DECIMALS, LOCAL_ENTRY_FEE, LOCAL_MARKET } from "../support/localnet/parameters.ts";
import type { GasRow } from "./gas.ts";

/** What the tables of docs/fees.md reckon with. Both chains cost the same a gas. */
export const STATED = { etherUsd: 3_000, gasPriceGwei: 1 } as const;

const NOTES_OF_A_SETTLEMENT = 2n;
/** Whole transaction over the call by itself: 21,000 and the calldata of a small call. */
const TRANSACTION = 22_000;

/** Who does something for others, at what price in gas, for what pay. */
export type Job = { who: string; does: string; gas: number; earns: string; usd: number };

type Figures = {
  /** Highest gas of whole transactions whose name matches. @throws Error if nothing was measured */
  most: (what: RegExp) => number;
  /** A call of the margin chain by itself, `snapshots/margin.json`. */
  call: (what: string) => number;
};

/** @returns the measured figures that are committed: the last `npm run bench -- gas` and the gas snapshots */
export function committedFigures(): Figures {
  const read = (path: string) => JSON.parse(readFileSync(join(projectRoot, path), "utf8")) as unknown;
  const { gas } = read("test/bench/results.json") as { gas: { rows: GasRow[] } };
  const snapshots = read("snapshots/margin.json") as Record<string, string>;
  return {
    most: (what) => {
      const found = gas.rows.filter((row) => what.test(row.what)).flatMap((row) => row.gas);
      if (found.length === 0) throw new Error(`Nothing was measured for ${String(what)}: npm run bench -- gas`);
      return Math.max(...found);
    },
    call: (what) => {
      if (snapshots[what] === undefined) throw new Error(`No snapshot of "${what}": npm run snapshot`);
      return Number(snapshots[what]);
    },
  };
}

const usdOfWei = (wei: bigint) => (Number(wei) / 1e18) * STATED.etherUsd;
export const gasUsd = (gas: number, gwei: number = STATED.gasPriceGwei) => gas * gwei * 1e-9 * STATED.etherUsd;
/** Gas price, gwei, at which a job earns nothing. */
export const breakEvenGwei = ({ gas, usd }: Job) => usd / gasUsd(gas, 1);
const flagFeeUsd = Number(LOCAL_MARKET.flagFee) / 10 ** DEBT_DECIMALS;

/** What each role earns for what it does, with the local deployment's fees. A negative sum of `usd` is a fee that it pays. */
export function jobs({ most, call }: Figures): Job[] {
  const leaf = (size: 16 | 64) =>
    size * most(size === 16 ? /^appendBatch, per leaf$/ : /^appendBatch of 64, per leaf$/);
  const entries = (count: number) => usdOfWei(BigInt(count) * LOCAL_ENTRY_FEE);
  const locks = (count: number) => usdOfWei(BigInt(count) * LOCAL_MARKET.attestationFee);
  const claim = most(/buys one lock's claim$/) + most(/^settle with a buyer$/);
  const buyer = (debtUsd: number, bps: number) =>
    (debtUsd * bps) / 10_000 - usdOfWei(NOTES_OF_A_SETTLEMENT * LOCAL_ENTRY_FEE);
  const smallest = Number(LOCAL_MARKET.minDebt) / 10 ** DEBT_DECIMALS;
  const { minBonusBps, maxBonusBps } = LOCAL_MARKET;
  return [
    { who: "batcher", does: "append a full chunk of 16", gas: leaf(16), earns: "16 entry fees", usd: entries(16) },
    { who: "batcher", does: "append four chunks of 16", gas: leaf(64), earns: "64 entry fees", usd: entries(64) },
    ...[16, 512].map((count) => ({
      who: "attestor",
      does: `attest a root, ${count} locks open under it`,
      gas: most(/^attestation, whole path$/),
      earns: `${count} attestation fees`,
      usd: locks(count),
    })),
    { who: "keeper", does: "flag", gas: call("flag") + TRANSACTION, earns: "the fixed fee", usd: flagFeeUsd },
    {
      who: "keeper",
      does: "start an auction",
      gas: call("start an auction") + TRANSACTION,
      earns: "the fixed fee",
      usd: flagFeeUsd,
    },
    {
      who: "buyer",
      does: "buy the smallest claim and settle it",
      gas: claim,
      earns: `${maxBonusBps} bps at the auction's end`,
      usd: buyer(smallest, maxBonusBps),
    },
    {
      who: "buyer",
      does: "buy a claim of 1,000 USD and settle it",
      gas: claim,
      earns: `${minBonusBps} bps at its start`,
      usd: buyer(1_000, minBonusBps),
    },
  ];
}

/** The least that a signed fee must be for whoever submits it, USD at the stated prices. */
export function submitterCosts({ most, call }: Figures): { what: string; gas: number }[] {
  const signature = call("open for a controller") - call("open and borrow");
  return [
    { what: "openFor", gas: most(/^opens an account and borrows/) + signature },
    { what: "refreshFor", gas: most(/^refreshes from hidden headroom$/) + signature },
  ];
}

/** What others pay when somebody does something only to annoy them. */
export type Nuisance = { what: string; attackerUsd: number; victim: string; victimUsd: number; bound: string };

export function nuisances({ most, call }: Figures): Nuisance[] {
  const deposit = gasUsd(most(/^deposit \(ERC-20\), mean of a chunk$/)) + usdOfWei(LOCAL_ENTRY_FEE);
  const append = gasUsd(16 * most(/^appendBatch, per leaf$/));
  const open = gasUsd(most(/^opens an account and borrows/)) + usdOfWei(LOCAL_MARKET.attestationFee);
  return [
    {
      what: "a deposit of dust",
      attackerUsd: deposit,
      victim: "nobody: the batcher is paid for the entry",
      victimUsd: 0,
      bound: "caps by value, not by count",
    },
    {
      what: "seal a chunk early, one entry in it",
      attackerUsd: deposit + usdOfWei(15n * LOCAL_ENTRY_FEE),
      victim: "nobody: the missing entries are paid for",
      victimUsd: 0,
      bound: "`seal` takes the missing fees, exactly",
    },
    {
      what: "seal it for nothing after the delay",
      attackerUsd: deposit,
      victim: "the batcher, if it appends at once",
      victimUsd: append - usdOfWei(LOCAL_ENTRY_FEE),
      bound: "one chunk a delay; nobody has to append at once, and whoever needs a note in it may",
    },
    {
      what: "attest each root before the attestor does",
      attackerUsd: gasUsd(most(/^attestation, whole path$/)),
      victim: "the attestor earns less, and spends nothing",
      victimUsd: 0,
      bound: "the sender pays LayerZero's workers; a cadence between two; needs new notes",
    },
    {
      what: "an account without debt, or many",
      attackerUsd: open,
      victim: "keepers read one more account",
      victimUsd: 0,
      bound: "needs a lock with worth; coverage buckets refill",
    },
    {
      what: "a debt of the smallest size that nobody wants to buy",
      attackerUsd: open,
      victim: "lenders, if gas makes its sale dearer than its largest bonus",
      victimUsd: 0,
      bound: "`minDebt`: sold up to the gas price of the row above",
    },
    {
      what: "flag an account again and again",
      attackerUsd: gasUsd(call("flag") + TRANSACTION),
      victim: "the borrower, once an episode and only while uncovered",
      victimUsd: flagFeeUsd,
      bound: "LIQ-1: an episode has one flag; a covered account none; at most a twentieth of the debt",
    },
    {
      what: "a STATUS, or an order sent again",
      attackerUsd: gasUsd(most(/^attestation, whole path$/)),
      victim: "nobody: idempotent, and the sender pays",
      victimUsd: 0,
      bound: "what is older, or known, changes nothing",
    },
    {
      what: "queue heartbeats, or orders of an engine of one's own",
      attackerUsd: gasUsd(TRANSACTION + 30_000),
      victim: "nobody: relayers send their engine's orders, and one heartbeat a period",
      victimUsd: 0,
      bound: "`roles.orderSender.heartbeatAfterSeconds`",
    },
    {
      what: "announce an escape that has to be cancelled",
      attackerUsd: gasUsd(TRANSACTION + 60_000),
      victim: "nobody: the next heartbeat voids it",
      victimUsd: 0,
      bound: "ESC-1: only after 30 silent days",
    },
  ];
}

const usd = (value: number) => `${value < 0 ? "−" : ""}$${Math.abs(value).toFixed(2)}`;
const row = (...cells: string[]) => `| ${cells.join(" | ")} |`;
const grouped = (value: number) => value.toLocaleString("en-US");

/** The tables of docs/fees.md, in Markdown. */
export function feeTables(figures: Figures): { roles: string; submitters: string; nuisances: string } {
  const roles = jobs(figures).map((job) =>
    row(
      job.who,
      job.does,
      grouped(job.gas),
      usd(gasUsd(job.gas)),
      job.earns,
      usd(job.usd),
      `${breakEvenGwei(job).toFixed(1)} gwei`,
    ),
  );
  const submitters = submitterCosts(figures).map(({ what, gas }) => row(`\`${what}\``, grouped(gas), usd(gasUsd(gas))));
  const spam = nuisances(figures).map((each) =>
    row(
      each.what,
      usd(each.attackerUsd),
      each.victimUsd === 0 ? each.victim : `${each.victim}: ${usd(each.victimUsd)}`,
      each.bound,
    ),
  );
  return {
    roles: [
      "| who | does | gas | costs | earns | worth | earns up to |",
      "|---|---|---|---|---|---|---|",
      ...roles,
    ].join("\n"),
    submitters: ["| what | gas | a fee worth signing |", "|---|---|---|", ...submitters].join("\n"),
    nuisances: ["| what somebody does | costs them | costs others | bound |", "|---|---|---|---|", ...spam].join("\n"),
  };
}
