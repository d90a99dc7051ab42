import type { Outcome } from "./chain.ts";
import * as d from "./marginModel.ts";
import type { MarginState, Proof } from "./marginModel.ts";
import * as pool from "./poolModel.ts";
import { CHUNK, ENTRY_FEE, FLOORS, MARKET, PROFILES, SLOTS } from "./terms.ts";
import * as s from "./vaultModel.ts";
import type { VaultState } from "./vaultModel.ts";
import type { World } from "./world.ts";

export type Model = { s: VaultState; d: MarginState };
export type Deeds = keyof typeof STEPS;
/** What somebody does, and numbers that say with what. `wait`: seconds before it; `fall`: by how much all prices fall before it, per mille. */
export type Step = { what: Deeds; a: number; b: number; c: number; wait?: number; fall?: number };
/** What the model says, beside what the chain did. @returns undefined: nothing to do it with */
export type Deed = { model: () => void; chain: () => Promise<Outcome | undefined> } | undefined;
export type Doing = { world: World; model: Model; a: number; b: number; c: number };

const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];
const accountsOf = ({ model }: Doing): string[] => Object.keys(model.d.accounts);
const used = ({ model }: Doing): number[] =>
  Object.keys(model.d.locks)
    .map(Number)
    .filter((n) => model.d.locks[n]!.account !== undefined);
const part = (most: bigint, n: number): bigint => (most * BigInt(n % 1_001)) / 1_000n;
const nothing = () => Promise.resolve(undefined);

/** The best proof of a lock that the numbers choose; floors and profile too. */
function proofOf({ model, b, c }: Doing, lock: number): Proof | undefined {
  return d.bestProof(model.d, lock, model.s.locks[lock]!.amounts, b % FLOORS.length, c % PROFILES.length);
}
const unopened = ({ model }: Doing): number[] =>
  model.s.locks.map((_, n) => n).filter((n) => model.s.locks[n]!.settled === undefined && !model.d.locks[n]?.used);

async function freshPrices({ world, model }: Doing): Promise<void> {
  await world.takeSnapshot();
  await world.attest();
  d.takeSnapshot(model.d);
}

export const STEPS = {
  // S.
  deposit({ world, model, a, b }) {
    const slot = a % SLOTS.length;
    const amount = 1n + part(SLOTS[slot]!.most, b);
    return { model: () => s.deposit(model.s, "user", slot, amount), chain: () => world.deposit(slot, amount) };
  },
  withdraw({ world, model, a, b, c }) {
    const owner = a % 3 === 0 ? "keeper" : "user";
    const notes = model.s.notes[owner];
    if (notes === undefined) return undefined;
    const amounts = notes.map((most, slot) => ((c >> slot) & 1 ? part(most, b) : 0n));
    return {
      model: () => s.withdraw(model.s, owner, amounts, "recipient"),
      chain: () => world.transact(amounts),
    };
  },
  lock({ world, model, a, b }) {
    const notes = model.s.notes.user;
    if (notes === undefined || model.s.locks.length === 14) return undefined;
    const amounts = notes.map((most, slot) => part(most / 2n, (a >> (4 * slot)) + b));
    return { model: () => s.lock(model.s, "user", amounts), chain: () => world.transact([]) };
  },
  seal({ world, model, a }) {
    const paying = a % 2 === 0;
    const fee = paying ? BigInt(CHUNK - model.s.queue.open) * ENTRY_FEE : 0n;
    return { model: () => s.seal(model.s, "user", paying), chain: () => world.seal(fee) };
  },
  append({ world, model }) {
    return { model: () => s.append(model.s, "keeper"), chain: () => world.append() };
  },
  claimDelayed({ world, model, a }) {
    const index = a % Math.max(1, model.s.delayed.length);
    const it = model.s.delayed[index];
    if (it === undefined) return undefined;
    const ofSlot = model.s.delayed.filter(({ slot }) => slot === it.slot).indexOf(it);
    return {
      model: () => s.claimDelayed(model.s, index),
      chain: () => world.claimDelayed(it.slot, ofSlot),
    };
  },
  settle({ world, model, a }) {
    const n = a % Math.max(1, model.s.locks.length);
    const lock = model.s.locks[n];
    if (lock === undefined) return undefined;
    const order = model.s.orders[n] ?? { lock: n, claim: 0n, prices: Array<bigint>(8).fill(0n), isPublic: false };
    const raw = world.orders[model.d.messages.findIndex((each) => each.kind === "settle" && each.order.lock === n)];
    return {
      model: () => s.settle(model.s, n),
      chain: () => world.settle(order, raw, s.seizedBy(order, lock.amounts)),
    };
  },
  collect({ world, model, a, b }) {
    const n = a % Math.max(1, model.s.locks.length);
    if (model.s.locks[n] === undefined) return undefined;
    const slot = b % SLOTS.length;
    return { model: () => s.collect(model.s, n, slot), chain: () => world.collect(n, slot) };
  },

  // Between.
  deliver({ world, model, a, b }) {
    const all = model.d.messages.map((_, i) => i);
    const chosen = a % 3 === 0 ? all.slice(b % Math.max(1, all.length)).slice(0, 4) : all.slice(-8);
    if (chosen.length === 0) return undefined;
    return {
      model: () => {
        for (const i of chosen) receive(model, model.d.messages[i]!);
      },
      chain: () => world.deliver(chosen).then(nothing),
    };
  },
  recovered({ world, model, a }) {
    const n = pick(Object.keys(model.d.lots).map(Number), a);
    const settled = n === undefined ? undefined : model.s.locks[n]!.settled;
    if (!settled?.isPublic) return undefined;
    return {
      model: () => {
        model.d.lots[n!]!.recovered = true;
      },
      chain: () => world.recovered(n!, settled.seized).then(nothing),
    };
  },

  // D: accounts.
  async open(doing) {
    const { world, model, a, b } = doing;
    await freshPrices(doing);
    const lock = pick(unopened(doing), a);
    const proof = lock === undefined ? undefined : proofOf(doing, lock);
    if (proof === undefined) return undefined;
    // Up to a tenth too much.
    const wanted = b % 5 === 0 ? 0n : part(proof.coverage, 300 + (b % 700));
    const id = `account ${accountsOf(doing).length}`;
    return {
      model: () => d.open(model.d, id, proof, wanted, "user"),
      chain: () => world.open(id, proof, wanted, model.d.now),
    };
  },
  async addLock(doing) {
    await freshPrices(doing);
    const { world, model, a } = doing;
    const [lock, id] = [pick(unopened(doing), a), pick(accountsOf(doing), a >> 4)];
    const proof = lock === undefined ? undefined : proofOf(doing, lock);
    if (proof === undefined || id === undefined) return undefined;
    return { model: () => d.addLock(model.d, id, proof), chain: () => world.addLock(id, proof, model.d.now) };
  },
  async refresh(doing) {
    await freshPrices(doing);
    const { world, model, a } = doing;
    const lock = pick(used(doing), a);
    const proof = lock === undefined ? undefined : proofOf(doing, lock);
    if (proof === undefined) return undefined;
    const id = model.d.locks[lock!]!.account!;
    return { model: () => d.refresh(model.d, proof), chain: () => world.refresh(id, proof, model.d.now) };
  },
  async borrow(doing) {
    const { world, model, a, b } = doing;
    await world.attest();
    const id = pick(accountsOf(doing), a);
    if (id === undefined) return undefined;
    const assets = 1n + part(MARKET.minDebt * 40n, b);
    return { model: () => d.borrow(model.d, id, assets, "user"), chain: () => world.borrow(id, assets) };
  },
  repay(doing) {
    const { world, model, a, b } = doing;
    const id = pick(accountsOf(doing), a);
    if (id === undefined) return undefined;
    const debt = pool.debtOf(model.d.pool, id);
    const assets = b % 3 === 0 ? debt + 1n : 1n + part(debt, b);
    return { model: () => d.repay(model.d, id, assets, "user"), chain: () => world.repay(id, assets) };
  },
  async removeLock(doing) {
    const { world, model, a } = doing;
    await world.attest();
    const lock = pick(used(doing), a);
    if (lock === undefined) return undefined;
    const id = model.d.locks[lock]!.account!;
    return { model: () => d.removeLock(model.d, lock), chain: () => world.removeLock(id, lock) };
  },
  release(doing) {
    const { world, model, a } = doing;
    const id = pick(accountsOf(doing), a);
    if (id === undefined) return undefined;
    return { model: () => d.release(model.d, id), chain: () => world.release(id) };
  },
  releaseUnused(doing) {
    const { world, model, a, b } = doing;
    const n = pick(b % 4 === 0 ? model.s.locks.map((_, i) => i) : unopened(doing), a);
    if (n === undefined || a % 2 === 0) return undefined;
    return { model: () => d.releaseUnused(model.d, n), chain: () => world.releaseUnused(n, model.d.now) };
  },

  // D: lenders.
  lend({ world, model, a }) {
    const assets = 1n + part(10n ** 12n, a);
    return { model: () => pool.lend(model.d.pool, "lender", assets), chain: () => world.lend(assets) };
  },
  unlend({ world, model, a }) {
    const assets = 1n + part((model.d.pool.shares.lender ?? 0n) / 10n ** 6n, a >> 1);
    return { model: () => pool.unlend(model.d.pool, "lender", assets), chain: () => world.unlend(assets) };
  },
  /** Somebody adds to the fund. */
  insure({ world, model, a }) {
    const assets = part(2_000n * 10n ** 6n, a);
    return {
      model: () => {
        model.d.pool.tokens.fund! += assets;
      },
      chain: () => world.mintDebt(world.addresses.fund, assets).then(nothing),
    };
  },

  // D: liquidation.
  flag: ofAccount(
    (m, id) => d.flag(m, id),
    (world, id) => world.flag(id),
  ),
  startAuctions: ofAccount(
    (m, id) => d.startAuctions(m, id),
    (world, id) => world.startAuctions(id),
  ),
  provision: ofAccount(
    (m, id) => d.provision(m, id),
    (world, id) => world.provision(id),
  ),
  writeOff: ofAccount(
    (m, id) => d.writeOff(m, id),
    (world, id) => world.writeOff(id),
  ),
  buy: ofLock(
    (m, n) => void d.buy(m, n),
    (world, id, n) => world.buy(id, n),
  ),
  takeOver: ofLock(
    (m, n) => d.takeOver(m, n),
    (world, id, n) => world.takeOver(id, n),
  ),
  startLotSale: ofLot(
    (m, n) => d.startLotSale(m, n),
    (world, n) => world.startLotSale(n),
  ),
  buyLot: ofLot(
    (m, n) => d.buyLot(m, n, "recipient"),
    (world, n) => world.buyLot(n),
  ),
} satisfies Record<string, (doing: Doing) => Deed | Promise<Deed>>;

function ofAccount(
  model: (state: MarginState, id: string) => void,
  chain: (world: World, id: string) => Promise<Outcome>,
): (doing: Doing) => Deed {
  return (doing) => {
    const id = pick(accountsOf(doing), doing.a);
    if (id === undefined) return undefined;
    return { model: () => model(doing.model.d, id), chain: () => chain(doing.world, id) };
  };
}

function ofLock(
  model: (state: MarginState, lock: number) => void,
  chain: (world: World, id: string, lock: number) => Promise<Outcome>,
): (doing: Doing) => Deed {
  return (doing) => {
    const onSale = used(doing).filter((n) => doing.model.d.locks[n]!.auction !== undefined);
    const lock = pick(onSale.length > 0 && doing.b % 8 !== 0 ? onSale : used(doing), doing.a);
    if (lock === undefined) return undefined;
    const id = doing.model.d.locks[lock]!.account!;
    return { model: () => model(doing.model.d, lock), chain: () => chain(doing.world, id, lock) };
  };
}

function ofLot(
  model: (state: MarginState, lock: number) => void,
  chain: (world: World, lock: number) => Promise<Outcome>,
): (doing: Doing) => Deed {
  return (doing) => {
    const lock = pick(Object.keys(doing.model.d.lots).map(Number), doing.a);
    if (lock === undefined) return undefined;
    return { model: () => model(doing.model.d, lock), chain: () => chain(doing.world, lock) };
  };
}

/** What S makes of an order, however often it comes. */
function receive({ s: v }: Model, message: d.Message): void {
  if (message.kind === "opened") {
    if (message.cap > (v.caps[message.lock] ?? 0n)) v.caps[message.lock] = message.cap;
  } else if (message.kind === "settle") v.orders[message.order.lock] ??= message.order;
  else v.recipients[message.lock] ??= message.recipient;
}
