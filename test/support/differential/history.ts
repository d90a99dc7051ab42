import fc from "fast-check";

import * as d from "./marginModel.ts";
import { max, min } from "./numbers.ts";
import { expected, observed, type Balances } from "./observe.ts";
import * as pool from "./poolModel.ts";
import { type Deed, type Deeds, type Doing, type Model, type Step, STEPS } from "./steps.ts";
import { CHUNK, POOL, Refused, SLOTS } from "./terms.ts";
import * as s from "./vaultModel.ts";
import type { World } from "./world.ts";

/** A step, or a story: a crash in which somebody liquidates, or one in which nobody buys and the lenders work it out. */
export type Turn = { what: Deeds | "crash" | "workOut"; a: number; b: number; c: number };

/** Both in the state that a history begins in: a pool with money, users with tokens, a root. */
export async function begin(world: World, now: bigint): Promise<Model> {
  const model: Model = { s: s.newVault(now), d: d.newMargin(now) };
  const { user, keeper, lender } = world.people;
  for (const [who, address] of Object.entries({ user, keeper, lender })) {
    await world.mintDebt(address, 10n ** 15n);
    model.d.pool.tokens[who] = 10n ** 15n;
  }
  for (const [slot, { symbol }] of SLOTS.entries()) {
    for (const who of ["user", "recipient", "keeper"] as const) {
      const address = world.people[who];
      const { tokens } = world.addresses;
      model.s.tokens[slot]![who] =
        symbol === "ETH"
          ? await world.s.reader.getBalance({ address })
          : ((await world.s.read(tokens[slot]!, world.abi.token, "balanceOf", [address])) as bigint);
    }
  }
  await world.lend(POOL.firstLoan);
  pool.lend(model.d.pool, "lender", POOL.firstLoan);
  for (let i = 0; i < CHUNK; i++) {
    const slot = i % SLOTS.length;
    const amount = SLOTS[slot]!.most / 4n;
    await world.deposit(slot, amount);
    s.deposit(model.s, "user", slot, amount);
  }
  await world.append();
  s.append(model.s, "keeper");
  for (let i = 0; i < 4; i++) {
    const amounts = model.s.notes.user!.map((most) => most / 5n);
    await world.transact([]);
    s.lock(model.s, "user", amounts);
  }
  await world.attest();
  return model;
}

export type Difference = { turn: number; step: Step; expected: unknown; got: unknown };
type Counts = Record<string, number>;

/** Puts chains and model through a history. @returns where they differ first, and how often each step went through, or was refused why */
export async function play(
  world: World,
  model: Model,
  history: readonly Turn[],
): Promise<{ difference?: Difference; done: Counts; refused: Counts }> {
  const [done, refused]: [Counts, Counts] = [{}, {}];
  for (const [turn, told] of history.entries()) {
    for (const step of stepsOf(told, model)) {
      await pass(world, model, step);
      const result = await take(world, model, step);
      if (result === undefined) continue;
      if (result.difference !== undefined) return { difference: { turn, step, ...result.difference }, done, refused };
      const [counts, label] =
        result.refusal === undefined ? [done, step.what] : [refused, `${step.what}: ${result.refusal}`];
      counts[label] = (counts[label] ?? 0) + 1;
    }
  }
  return { done, refused };
}

/** One step in the model and on the chains. @returns undefined: there was nothing to do it with */
async function take(
  world: World,
  model: Model,
  { what, a, b, c }: Step,
): Promise<{ refusal?: string; difference?: { expected: unknown; got: unknown } } | undefined> {
  // What it does is chosen by the state before it, for the chains too.
  const deed = await (STEPS[what] as (doing: Doing) => Deed | Promise<Deed>)({ world, model, a, b, c });
  if (deed === undefined) return undefined;
  const before = structuredClone(model);
  let refusal: string | undefined;
  try {
    deed.model();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refusal = error.message;
    Object.assign(model, before);
  }
  const got = (await deed.chain())?.error;
  if (got !== refusal) return { difference: { expected: refusal ?? "done", got: got ?? "done" } };
  return { refusal, difference: differenceOf(expected(model.s, model.d), await observed(world, model.s, model.d)) };
}

function differenceOf(wanted: Balances, got: Balances): { expected: unknown; got: unknown } | undefined {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(got)])].filter(
    (name) => wanted[name] !== got[name],
  );
  if (names.length === 0) return undefined;
  const of = (all: Balances) => Object.fromEntries(names.map((name) => [name, all[name]?.toString()]));
  return { expected: of(wanted), got: of(got) };
}

/** Time goes on, now and then by days, and prices with it. */
async function pass(world: World, { s: v, d: m }: Model, { b, c, wait, fall }: Step): Promise<void> {
  const n = b ^ c;
  const seconds = wait ?? (n % 11 === 0 ? n % (3 * 86_400) : n % 1_500);
  v.now += BigInt(seconds);
  m.now = v.now;
  m.pool.now = v.now;
  if (fall !== undefined || (wait === undefined && n % 3 === 0)) {
    m.answers = m.answers.map((answer, slot) => {
      const perMille = fall === undefined ? 850 + ((n >> (3 * slot)) % 300) : 1_000 - fall;
      const { price } = SLOTS[slot]!;
      return max(
        price / 8n,
        min(price * 6n, (answer * BigInt(slot === 0 ? Math.max(perMille, 950) : perMille)) / 1_000n),
      );
    });
    m.debtAnswer = 10n ** 8n + BigInt(n % 1_000) * (fall === undefined ? 2_000n : 20_000n);
  }
  await world.at(v.now);
  await world.pushPrices(m.answers, m.debtAnswer);
}

/** What a turn is made of. */
function stepsOf(turn: Turn, { d: m }: Model): Step[] {
  const { what, a, b, c } = turn;
  if (what !== "crash" && what !== "workOut") return [{ what, a, b, c }];
  const accounts = Object.keys(m.accounts).map((_, i) => i);
  const [still, hour] = [{ wait: 0 }, { wait: 3_600 }];
  const steps: Step[] = accounts.map((i) => ({
    what: "flag",
    a: i,
    b,
    c,
    ...still,
    ...(i === 0 ? { fall: 100 + (a % 350) } : {}),
  }));
  accounts.forEach((i) =>
    steps.push({ what: "startAuctions", a: i, b, c, ...(i === 0 && b % 2 === 0 ? hour : still) }),
  );
  const sales = 2 + (b % 4);
  if (what === "crash") {
    for (let i = 0; i < sales; i++) steps.push({ what: "buy", a: a + i, b: 1, c, wait: (c >> i) % 900 });
    steps.push({ what: "deliver", a: 1, b, c, ...still });
    for (let i = 0; i < 6; i++) steps.push({ what: "settle", a: a + i, b, c, ...still });
    return steps;
  }
  for (let i = 0; i < sales; i++)
    steps.push({ what: "takeOver", a: a + i, b: 1, c, wait: i === 0 ? 1_800 : 60, fall: c % 60 });
  accounts.forEach((i) => steps.push({ what: "writeOff", a: i, b, c, ...still }));
  steps.push({ what: "deliver", a: 1, b, c, ...still });
  for (let n = 0; n < 14; n++) steps.push({ what: "settle", a: n, b, c, ...still });
  for (let i = 0; i < sales; i++) {
    steps.push({ what: "recovered", a: a + i, b, c, ...still }, { what: "startLotSale", a: a + i, b, c, ...still });
    if (b % 3 !== 0) steps.push({ what: "buyLot", a: a + i, b, c, wait: (c >> i) % 36_000 });
  }
  steps.push({ what: "deliver", a: 1, b, c, ...still });
  for (let n = 0; n < 14; n++) steps.push({ what: "collect", a: n, b: n + b, c, ...still });
  return steps;
}

const weights: Record<Turn["what"], number> = {
  deposit: 3,
  withdraw: 4,
  lock: 4,
  seal: 1,
  append: 2,
  claimDelayed: 2,
  settle: 8,
  collect: 3,
  deliver: 8,
  recovered: 3,
  open: 8,
  addLock: 4,
  refresh: 4,
  borrow: 5,
  repay: 5,
  removeLock: 3,
  release: 3,
  releaseUnused: 1,
  lend: 2,
  unlend: 3,
  insure: 2,
  flag: 9,
  startAuctions: 9,
  provision: 2,
  writeOff: 1,
  buy: 8,
  takeOver: 6,
  startLotSale: 3,
  buyLot: 3,
  crash: 5,
  workOut: 3,
};

const number = fc.noBias(fc.nat(1_000_000));
export const turn: fc.Arbitrary<Turn> = fc.record({
  what: fc.oneof(
    ...(Object.entries(weights) as [Turn["what"], number][]).map(([what, weight]) => ({
      weight,
      arbitrary: fc.constant(what),
    })),
  ),
  a: number,
  b: number,
  c: number,
});
