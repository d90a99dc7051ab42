import { readFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "../../../circuits/codegen/instances.ts";
import { accountsPerCall } from "../../../relayer/src/keeper/coverage.ts";
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
  /** How long a start may take, minutes: so long its messages wait. */
  startMinutes: 15,
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
  units?: Units | undefined;
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
  const { soak } = relayer;
  if (soak === undefined) throw new Error("The capacity model needs a soak: npm run bench:relayer -- soak");
  return {
    ...relayer,
    soak,
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
  const eventRows = soak.tables.find(({ table }) => table === "events")!;
  const bytesPerEvent = units?.storeBytesPerEvent ?? eventRows.relationBytes / eventRows.rows;
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
      bytesPerEvent,
      messagesGib: (messages * bytesPerMessage) / GIB,
      eventsGib: (events * bytesPerEvent) / GIB,
    },
    events,
    /** What grows in memory; undefined as long as the units were not measured. */
    memory:
      units === undefined
        ? undefined
        : {
            notesGib: (month.notes * units.heapBytesPerNote) / GIB,
            mostNotes: w.heapLimit / units.heapBytesPerNote,
            /** A start that reads the events of a month. */
            startMinutes: (events * units.cpuMsPerEventRead) / 60_000,
            /** Events that a start reads in time. */
            mostEvents: (w.startMinutes * 60_000) / units.cpuMsPerEventRead,
          },
    keeper: {
      callsPerBlock: month.accounts / accountsPerCall,
      mostAccounts: w.rpcPerSecond * w.blockSeconds * accountsPerCall,
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

const NOT_YET = "not measured yet";

/** The tables of docs/scaling.md, in Markdown. */
export function capacityTables(measured: Measured): { units: string; month: string; limits: string } {
  const { soak, units } = measured;
  const c = capacity(measured);
  const w = WORKLOAD;
  const usd = (gas: number) => `$${whole(gas * STATED.gasPriceGwei * 1e-9 * STATED.etherUsd)}`;
  const bytes = (value: number | undefined) => (value === undefined ? NOT_YET : `${whole(value)} B`);
  const seconds = (circuit: string) => rounded(measured.provingMs(circuit) / 1_000);
  const billions = (gas: number) => rounded(gas / 1e9);
  const onVault = c.gas.batches + c.gas.roots + c.gas.settlements;
  return {
    units: [
      "| unit | measured |",
      "|---|---|",
      row("calls of the vault chain a block, whatever happens", rounded(soak.rpc.vault.perBlock)),
      row("calls of the margin chain a block, whatever happens", rounded(soak.rpc.margin.perBlock)),
      row("calls a message, both chains, from its plan to finality", rounded(soak.rpc.perMessage)),
      row("store, a message with history, transaction and proof, rows alone", bytes(c.store.bytesPerMessage)),
      row("store, an event, with indexes", bytes(c.store.bytesPerEvent)),
      row("memory, a note of the queue, as long as the relayer runs", bytes(units?.heapBytesPerNote)),
      row(
        "processor time, an event that a start reads",
        units === undefined ? NOT_YET : `${units.cpuMsPerEventRead.toFixed(2)} ms`,
      ),
      row("proof of 64 leaves / of a settlement, two cores", `${seconds("batch64")} s / ${seconds("settle")} s`),
    ].join("\n"),
    month: [
      `| a month of ${whole(w.users)} users | |`,
      "|---|---|",
      row("notes; batches of 64", `${whole(c.month.notes)}; ${whole(c.batches)}`),
      row("roots; packets, orders included", `${whole(c.month.roots)}; ${whole(c.packets)}`),
      row("messages", whole(c.messages)),
      row("calls, the keeper's left out", `${rounded(c.rpc.perSecond)} a second`),
      row(
        "proving: batches + settlements",
        `${whole(c.provingHours.batches)} + ${whole(c.provingHours.settlements)} hours of two cores, of 720`,
      ),
      row("store: messages + events", `${rounded(c.store.messagesGib)} + ${rounded(c.store.eventsGib)} GiB`),
      row("memory: notes", c.memory === undefined ? NOT_YET : `${rounded(c.memory.notesGib)} GiB`),
      row(
        "gas on S: batches + roots + settlements",
        `${billions(c.gas.batches)} + ${billions(c.gas.roots)} + ${billions(c.gas.settlements)} billion, ${usd(onVault)}`,
      ),
      row("gas for orders, both chains", `${billions(c.gas.orders)} billion, ${usd(c.gas.orders)}`),
    ].join("\n"),
    limits: [
      "| | breaks at | a million users | then |",
      "|---|---|---|---|",
      row(
        "1. a start reads every event",
        c.memory === undefined ? NOT_YET : `${whole(c.memory.mostEvents)} events (${w.startMinutes} minutes)`,
        c.memory === undefined
          ? NOT_YET
          : `${whole(c.events)} events a month, ${rounded(c.memory.startMinutes)} minutes`,
        "a relayer that ended is back late",
      ),
      row(
        "2. notes stay in memory",
        c.memory === undefined ? NOT_YET : `${whole(c.memory.mostNotes)} notes (heap of ${w.heapLimit / GIB} GiB)`,
        `${whole(c.month.notes)} a month`,
        "the process ends, and does not come back",
      ),
      row(
        "3. the keeper reads every account at every new price",
        `${whole(c.keeper.mostAccounts)} accounts (${w.rpcPerSecond} calls a second, blocks of ${w.blockSeconds} s)`,
        `${whole(c.month.accounts)} accounts`,
        "liquidations are late",
      ),
    ].join("\n"),
  };
}
