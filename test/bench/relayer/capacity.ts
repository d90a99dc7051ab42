import { readFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "../../../circuits/codegen/instances.ts";
import type { GasRow } from "../gas.ts";
import { STATED } from "../fees.ts";
import type { ProofServiceResult } from "./proofService.ts";
import type { RestartResult } from "./restart.ts";
import type { SoakResult } from "./soakReport.ts";
import type { Units } from "./units.ts";

/** What a user is taken to do in a month; the model's only guesses. */
export const WORKLOAD = {
  users: 1_000_000,
  depositsPerUser: 1,
  transactsPerUser: 1,
  openingsPerUser: 0.2,
  refreshesPerUser: 0.2,
  settlementsPerUser: 0.1,
  /** Accounts with a debt at any time, of all users. */
  openAccountShare: 0.1,
  /** Seconds between two attested roots. */
  attestEverySeconds: 60,
  /** Seconds. */
  blockSeconds: 12,
  /** Calls a second that an RPC of the paid kind answers. */
  rpcPerSecond: 300,
  /** What Node gives the JavaScript heap on 64 bits unless told otherwise, bytes. */
  heapLimit: 4 * 2 ** 30,
} as const;

const MONTH = 30 * 86_400;
const GIB = 2 ** 30;
const NOTES_PER_TRANSACT = 2;
const NOTES_PER_SETTLEMENT = 2;
const LEAVES = 64;
/** An order in a message with seven others. */
const ORDERS_PER_MESSAGE = 8;

export type Measured = {
  soak: SoakResult & { blockSeconds: number };
  units: Units;
  restart?: RestartResult | undefined;
  proofs?: { results: ProofServiceResult[] } | undefined;
  gas: (what: RegExp) => number;
  provingMs: (circuit: string) => number;
};

/** The figures that are committed. @throws Error when one was never measured */
export function committed(): Measured {
  const read = (name: string) => JSON.parse(readFileSync(join(projectRoot, "test/bench", name), "utf8")) as never;
  const relayer = read("results.relayer.json") as Partial<Omit<Measured, "gas" | "provingMs">>;
  const { gas, proving } = read("results.json") as {
    gas: { rows: GasRow[] };
    proving: { snarkjs: { circuit: string; backend: number }[] };
  };
  const { soak, units } = relayer;
  if (soak === undefined || units === undefined)
    throw new Error("The capacity model needs a soak and the units: npm run bench:relayer -- units soak");
  return {
    ...relayer,
    soak,
    units,
    gas(what) {
      const found = gas.rows.filter((row) => what.test(row.what)).flatMap((row) => row.gas);
      if (found.length === 0) throw new Error(`Nothing was measured for ${String(what)}: npm run bench -- gas`);
      return Math.max(...found);
    },
    provingMs(circuit) {
      const found = proving.snarkjs.find((each) => each.circuit === circuit);
      if (found === undefined) throw new Error(`${circuit} was not measured: npm run bench -- proving`);
      return found.backend;
    },
  };
}

/** How much of each thing there is in a month, and what it takes. */
export function capacity(measured: Measured) {
  const w = WORKLOAD;
  const { soak, units } = measured;
  const month = {
    notes:
      w.users *
      (w.depositsPerUser + NOTES_PER_TRANSACT * w.transactsPerUser + NOTES_PER_SETTLEMENT * w.settlementsPerUser),
    roots: MONTH / w.attestEverySeconds,
    settlements: w.users * w.settlementsPerUser,
    orders: w.users * (w.openingsPerUser + w.settlementsPerUser),
    accounts: w.users * w.openAccountShare,
  };
  const batches = month.notes / LEAVES;
  const orderPackets = month.orders / ORDERS_PER_MESSAGE;
  const packets = month.roots + orderPackets;
  // A batch and, about as often, the seal of what is left open; a packet's verification, commitment and delivery; orders and settlements.
  const messages = 2 * batches + month.roots + 3 * packets + month.orders + month.settlements;
  const bytesPerMessage =
    soak.tables
      .filter(({ table }) => ["messages", "message_history", "transactions", "proofs"].includes(table))
      .reduce((sum, { rows, rowBytes }) => sum + rows * rowBytes, 0) /
    soak.tables.find(({ table }) => table === "messages")!.rows;
  // Events of the vault are mostly notes; those of the margin chain about one for each note again.
  const events = 2 * month.notes;
  const idle = (side: "vault" | "margin") => soak.rpc[side].perBlock;
  return {
    month,
    batches,
    packets,
    messages,
    provingHours: {
      batches: (batches * measured.provingMs("batch64")) / 3.6e6,
      settlements: (month.settlements * measured.provingMs("settle")) / 3.6e6,
    },
    store: {
      bytesPerMessage,
      messagesGib: (messages * bytesPerMessage) / GIB,
      eventsGib: (events * units.storeBytesPerEvent) / GIB,
    },
    memory: { notesGib: (month.notes * units.heapBytesPerNote) / GIB },
    start: {
      heapGib: (events * units.heapBytesPerEventRead) / GIB,
      minutes: (events * units.cpuMsPerEventRead) / 60_000,
      /** Events at which a start no longer fits. */
      mostEvents: w.heapLimit / units.heapBytesPerEventRead,
    },
    keeper: {
      callsPerBlock: month.accounts,
      mostAccounts: w.rpcPerSecond * w.blockSeconds,
    },
    rpc: {
      idlePerBlock: { vault: idle("vault"), margin: idle("margin") },
      perMessage: soak.rpc.perMessage,
      perSecond: (messages * soak.rpc.perMessage) / MONTH + (idle("vault") + idle("margin")) / w.blockSeconds,
    },
    gas: {
      batches: month.notes * measured.gas(/^appendBatch of 64, per leaf$/),
      roots: month.roots * measured.gas(/^attestation, whole path$/),
      settlements: month.settlements * measured.gas(/^settle with a buyer$/),
      orders: orderPackets * measured.gas(/^attestation, whole path$/),
    },
  };
}

const whole = (value: number) => Math.round(value).toLocaleString("en-US");
const rounded = (value: number) => (value >= 100 ? whole(value) : Number(value.toPrecision(2)).toString());
const row = (...cells: string[]) => `| ${cells.join(" | ")} |`;

/** The tables of docs/scaling.md, in Markdown. */
export function capacityTables(measured: Measured): { units: string; month: string; limits: string } {
  const { soak, units } = measured;
  const c = capacity(measured);
  const w = WORKLOAD;
  const usd = (gas: number) => `$${whole(gas * STATED.gasPriceGwei * 1e-9 * STATED.etherUsd)}`;
  return {
    units: [
      "| unit | measured |",
      "|---|---|",
      row("calls of the vault chain a block, nothing to do", rounded(soak.rpc.vault.perBlock)),
      row("calls of the margin chain a block, one account, a new price every 15 s", rounded(soak.rpc.margin.perBlock)),
      row("calls a message, both chains, from its plan to finality", rounded(soak.rpc.perMessage)),
      row(
        "store, a message with its history, transaction and proof, rows alone",
        `${whole(c.store.bytesPerMessage)} B`,
      ),
      row("store, a message that waits, with indexes", `${whole(units.storeBytesPerMessage)} B`),
      row("store, an event, with indexes", `${whole(units.storeBytesPerEvent)} B`),
      row("memory, a note of the queue, as long as the relayer runs", `${whole(units.heapBytesPerNote)} B`),
      row("memory, an event while a start reads them all", `${whole(units.heapBytesPerEventRead)} B`),
      row("processor, an event at a start", `${rounded(units.cpuMsPerEventRead * 1_000)} µs`),
      row(
        "proof of a batch of 64 / of a settlement, all cores",
        `${rounded(measured.provingMs("batch64") / 1_000)} / ${rounded(measured.provingMs("settle") / 1_000)} s`,
      ),
    ].join("\n"),
    month: [
      `| a month of ${whole(w.users)} users | |`,
      "|---|---|",
      row("notes; batches of 64", `${whole(c.month.notes)}; ${whole(c.batches)}`),
      row("roots; packets, orders included", `${whole(c.month.roots)}; ${whole(c.packets)}`),
      row("messages", whole(c.messages)),
      row("calls of both chains, the keeper's left out", `${rounded(c.rpc.perSecond)} a second`),
      row(
        "proving: batches + settlements",
        `${whole(c.provingHours.batches)} + ${whole(c.provingHours.settlements)} hours of a machine with two cores, of 720`,
      ),
      row("store: messages + events", `${rounded(c.store.messagesGib)} + ${rounded(c.store.eventsGib)} GiB`),
      row("memory: notes", `${rounded(c.memory.notesGib)} GiB`),
      row(
        "gas on S: batches + roots + settlements",
        `${whole(c.gas.batches / 1e9)} + ${whole(c.gas.roots / 1e9)} + ${whole(c.gas.settlements / 1e9)} billion: ${usd(c.gas.batches + c.gas.roots + c.gas.settlements)} at ${STATED.gasPriceGwei} gwei and $${whole(STATED.etherUsd)}`,
      ),
      row("gas on both for orders", `${whole(c.gas.orders / 1e9)} billion: ${usd(c.gas.orders)}`),
    ].join("\n"),
    limits: [
      "| | breaks at | a million users need | then |",
      "|---|---|---|---|",
      row(
        "1. the keeper reads every account at every new price",
        `${whole(c.keeper.mostAccounts)} accounts (${w.rpcPerSecond} calls a second, blocks of ${w.blockSeconds} s)`,
        `${whole(c.month.accounts)} accounts`,
        "liquidations are late",
      ),
      row(
        "2. a start reads every event into memory",
        `${whole(c.start.mostEvents)} events (heap of ${w.heapLimit / GIB} GiB)`,
        `${whole(2 * c.month.notes)} events a month: ${rounded(c.start.heapGib)} GiB, ${rounded(c.start.minutes)} minutes`,
        "a relayer that ended does not come back",
      ),
      row(
        "3. notes stay in memory",
        `${whole(w.heapLimit / units.heapBytesPerNote)} notes`,
        `${whole(c.month.notes)} a month`,
        "the process ends, and then 2.",
      ),
    ].join("\n"),
  };
}
