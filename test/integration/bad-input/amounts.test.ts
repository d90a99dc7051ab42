import { parseEther, parseUnits } from "viem";
import { afterAll, beforeAll, describe, test } from "vitest";

import {
  addressOf,
  AMOUNT_LIMIT,
  approveToken,
  collateralVaultAbi,
  creditPoolAbi,
  deposit,
  findMarket,
  lock,
  pay,
  randomFieldElement,
  repay,
  scanNotes,
  seal,
  split,
  supply,
  transact,
  withdraw,
  withdrawSupply,
  type Note,
} from "@hypothec/sdk";

import { refuses, reverts, type Call, type Refusal } from "./refusal.ts";
import { createUser, createWorld, rewindAfterEach, sync, type User, type World } from "./world.ts";

const ETH = 0;
const WBTC = 1;
const UNLISTED = 6;
const MARKET = "USDC";

let world: World;
let alice: User;
let pauper: User;
/** 2 ETH, in the queue. */
let note: Note;

beforeAll(async () => {
  world = await createWorld();
  alice = await createUser(world, "alice");
  pauper = await createUser(world, "pauper", false);
  await world.local.give(alice.key.address, "WBTC", "1");
  await world.local.giveDebtToken(alice.key.address, "1000");
  const { vaultChain, marginChain } = world.deployment;
  const { pool, debtToken } = marginChain.markets[0]!;
  await approveToken(alice.client, { side: "vault", token: world.local.vaultTokens.WBTC, spender: vaultChain.vault });
  await approveToken(alice.client, { side: "margin", token: debtToken, spender: pool });
  await deposit(alice.client, { keys: alice.keys, asset: "ETH", amount: "2" });
  await sync(world);
  note = scanNotes(alice.keys, world.state)[0]!;
});
afterAll(() => world.stop());
rewindAfterEach(() => world);

/** A deposit past the SDK's checks. */
const rawDeposit = (slot: number, amount: bigint, value = BigInt(world.deployment.vaultChain.entryFee)): Call => ({
  side: "vault",
  address: world.deployment.vaultChain.vault,
  abi: collateralVaultAbi,
  functionName: "deposit",
  args: [slot, amount, randomFieldElement(), "0x"],
  value,
});

const poolCall = (functionName: string, args: readonly unknown[]): Call => ({
  side: "margin",
  address: findMarket(world.deployment, MARKET).pool,
  abi: creditPoolAbi,
  functionName,
  args,
});

/** What every spend of a note takes. */
const spending = () => ({ keys: alice.keys, state: world.state, prover: world.prover });

const refusedDeposit = (asset: number | string, amount: bigint | string, refusal: Refusal) =>
  refuses(world, refusal, () => deposit(alice.client, { keys: alice.keys, asset, amount }));

describe("an amount of 0", () => {
  test.each([0n, "0", "0.000"])("error: deposit of %o", (amount) =>
    refusedDeposit("ETH", amount, { code: "amount.zero", says: /ETH is 0, expected more than 0/ }),
  );

  test("error: the vault refuses a deposit of 0", () =>
    reverts(world, alice, rawDeposit(WBTC, 0n), { code: "ZeroAmount", says: /amount is 0/, args: { slot: WBTC } }));

  test("error: pay, split, withdraw and lock nothing", async () => {
    const refusal = { code: "amount.zero", says: /All amounts are 0/ };
    const { client } = alice;
    await refuses(world, refusal, () => pay(client, { ...spending(), to: addressOf(pauper.keys), amounts: {} }));
    await refuses(world, refusal, () => split(client, { ...spending(), note, amounts: { [ETH]: 0n } }));
    await refuses(world, refusal, () =>
      withdraw(client, { ...spending(), recipient: alice.key.address, amounts: { [ETH]: 0n } }),
    );
    await refuses(world, refusal, () => lock(client, { ...spending(), controller: alice.key.address, amounts: {} }));
  });

  test("error: lend, take back, borrow and repay nothing", async () => {
    const { client, key } = alice;
    const zero = { code: "amount.zero", says: /amount is 0 token units/ };
    await refuses(world, zero, () => supply(client, { market: MARKET, amount: 0n }));
    await refuses(world, zero, () => withdrawSupply(client, { market: MARKET, amount: 0n }));
    const account = `0x${"00".repeat(32)}` as const;
    const refusal = { code: "ZeroAmount", says: /amount is 0/ };
    await refuses(world, refusal, () => repay(client, { market: MARKET, account, amount: 0n }));
    await reverts(world, alice, poolCall("borrow", [account, 0n, key.address]), refusal);
  });
});

describe("an amount above 63 bits", () => {
  test("error: deposit", () =>
    refusedDeposit("WBTC", AMOUNT_LIMIT, {
      code: "amount.range",
      says: /does not fit a note: at most 92233720368\.5/,
    }));

  test("error: deposit as text", () =>
    refusedDeposit("ETH", "92233720368.54775808", { code: "amount.range", says: /does not fit a note/ }));

  test("error: the vault refuses a deposit of 2^63 shared units", () =>
    reverts(world, alice, rawDeposit(WBTC, AMOUNT_LIMIT), {
      code: "AmountTooWide",
      says: /slot 1 is 9223372036854775808, above the 63 bits/,
    }));

  test("error: withdraw", () =>
    refuses(world, { code: "amount.range", says: /slot 0 is 9223372036854775808 shared units/ }, () =>
      withdraw(alice.client, { ...spending(), recipient: alice.key.address, amounts: { [ETH]: AMOUNT_LIMIT } }),
    ));

  test("error: a payment and a withdrawal that are together", () =>
    refuses(world, { code: "amount.range", says: /slot 0 is 9223372036854775808 shared units/ }, () =>
      transact(alice.client, {
        ...spending(),
        outputs: [{ amounts: { [ETH]: AMOUNT_LIMIT - 1n } }],
        withdraw: { [ETH]: 1n },
        recipient: alice.key.address,
      }),
    ));
});

describe("an amount below the vault's decimals", () => {
  test("error: deposit of 1 wei more than a shared unit", () =>
    refusedDeposit("ETH", parseEther("1") + 1n, {
      code: "amount.dust",
      says: /leave 1 below the 8 decimals/,
      args: { dust: 1n },
    }));

  test("error: deposit as text", () =>
    refusedDeposit("ETH", "0.000000001", { code: "amount.dust", says: /more than the 8 decimals/ }));

  test("error: the vault refuses dust", async () => {
    const amount = parseEther("1") + 1n;
    const value = amount + BigInt(world.deployment.vaultChain.entryFee);
    await reverts(world, alice, rawDeposit(ETH, amount, value), {
      code: "Dust",
      says: /not a multiple of 10000000000 token units/,
      args: { slot: ETH, amount, unit: 10n ** 10n },
    });
  });
});

describe("an amount above the balance", () => {
  test("error: deposit of more tokens than there are", () =>
    refusedDeposit("WBTC", "1.00000001", {
      code: "ERC20InsufficientBalance",
      says: /has 100000000 token units, needs 100000001/,
    }));

  test("error: deposit of tokens without approval", () =>
    refusedDeposit("USDC", "1", { code: "ERC20InsufficientAllowance", says: /may take 0 token units, needs 1000000/ }));

  test("error: deposit of more ether than there is", () =>
    refusedDeposit("ETH", "5000", { code: "rpc.funds", says: /cannot pay for deposit/ }));

  test("error: deposit beyond the vault's cap", async () => {
    await world.localnet.vault.fund(alice.key.address, parseEther("200000"));
    await refusedDeposit("ETH", "100000", {
      code: "CapExceeded",
      says: /at most 10000000000000 shared units in slot 0/,
    });
  });

  test("error: lend more than there is", () =>
    refuses(world, { code: "ERC20InsufficientBalance", says: /has 1000000000 token units, needs 1000000001/ }, () =>
      supply(alice.client, { market: MARKET, amount: parseUnits("1000", 6) + 1n }),
    ));

  test("error: take back more than was lent, or than the pool has", async () => {
    const { client } = alice;
    await refuses(world, { code: "InsufficientLiquidity", says: /pool has 0 token units/ }, () =>
      withdrawSupply(client, { market: MARKET, amount: 1n }),
    );
    await supply(client, { market: MARKET, amount: parseUnits("1000", 6) });
    await refuses(
      world,
      { code: "ERC4626ExceededMaxWithdraw", says: /At most 0 token units can be withdrawn now, asked for 1/ },
      () => withdrawSupply(world.operator.client, { market: MARKET, amount: 1n }),
    );
  });
});

describe("an unknown asset", () => {
  test.each([["DOGE"], [UNLISTED], [8], ["0x00000000000000000000000000000000000000Aa"]])(
    "error: deposit of %o",
    (asset) => refusedDeposit(asset, 100n, { code: "asset.unknown", says: /The vault has no asset/ }),
  );

  test("error: the vault refuses an empty slot, and one it does not have", async () => {
    await reverts(world, alice, rawDeposit(UNLISTED, 1n), { code: "SlotNotListed", says: /no asset in slot 6/ });
    await reverts(world, alice, rawDeposit(8, 1n), { code: "NoSuchSlot", says: /no slot 8/ });
  });

  test("error: spend a slot that does not exist", () =>
    refuses(world, { code: "amount.slot", says: /no slot 8: slots are 0 to 7/ }, () =>
      withdraw(alice.client, { ...spending(), recipient: alice.key.address, amounts: { 8: 1n } }),
    ));

  test("error: a market that does not exist", () =>
    refuses(world, { code: "market.unknown", says: /no market "EURC"/ }, () =>
      supply(alice.client, { market: "EURC", amount: 1n }),
    ));
});

describe("a wallet without funds", () => {
  test("error: deposit, attest, lend", async () => {
    const { client, keys } = pauper;
    const action = { code: "rpc.funds", says: /cannot pay for/ };
    await refuses(world, action, () => deposit(client, { keys, asset: "ETH", amount: "1" }));
    await refuses(world, action, () => seal(client));
    await refuses(world, { code: "ERC20InsufficientAllowance", says: /may take 0 token units, needs 1/ }, () =>
      supply(client, { market: MARKET, amount: 1n }),
    );
  });
});
