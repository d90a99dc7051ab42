import { getAddress, zeroAddress, type Address } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  addressOf,
  borrow,
  deposit,
  deriveKeys,
  getAccount,
  lock,
  openAccount,
  parseDeployment,
  parseTrusteeSecret,
  pay,
  requestAttestation,
  scanNotes,
  supply,
  syncVault,
  withdraw,
  type Deployment,
  type Note,
} from "@hypothec/sdk";

import { expectRefusal, refuses } from "./refusal.ts";
import { clientOf, createUser, createWorld, rewindAfterEach, sync, type User, type World } from "./world.ts";

const MARKET = "USDC";
const NOBODY = "0x00000000000000000000000000000000000000aa";

let world: World;
let alice: User;
/** 2 ETH, in the queue. */
let note: Note;

beforeAll(async () => {
  world = await createWorld();
  alice = await createUser(world, "alice");
  await deposit(alice.client, { keys: alice.keys, asset: "ETH", amount: "2" });
  await sync(world);
  note = scanNotes(alice.keys, world.state)[0]!;
});
afterAll(() => world.stop());
rewindAfterEach(() => world);

const oneEther = () => ({ keys: alice.keys, asset: "ETH", amount: "1" });
const spending = () => ({ keys: alice.keys, state: world.state, prover: world.prover });

/** The deployment, with other contracts on the vault chain or the margin chain. */
function changed(vaultChain: Partial<Deployment["vaultChain"]>, marginChain: Partial<Deployment["marginChain"]> = {}) {
  const { deployment } = world;
  return {
    ...deployment,
    vaultChain: { ...deployment.vaultChain, ...vaultChain },
    marginChain: { ...deployment.marginChain, ...marginChain },
  };
}

describe("a wrong network", () => {
  test("error: each side's node is the other's", async () => {
    const { vault, margin } = world.localnet;
    const client = clientOf(world, alice.key, { vault: margin, margin: vault });
    const onVault = { code: "client.wrongChain", says: /vault client is on chain 31338, the deployment is on 31337/ };
    await refuses(world, onVault, () => deposit(client, oneEther()));
    await refuses(world, onVault, () => syncVault(client));
    const onMargin = { code: "client.wrongChain", says: /margin client is on chain 31337, the deployment is on 31338/ };
    await refuses(world, onMargin, () => supply(client, { market: MARKET, amount: 1n }));
    await refuses(world, onMargin, () => getAccount(client, `0x${"11".repeat(32)}`));
  });

  test("error: the wallet is on another chain than the node", async () => {
    const { client, key } = alice;
    const wallet = world.localnet.margin.wallet(key);
    const mixed = { ...client, vault: { public: client.vault.public, wallet } };
    await refuses(world, { code: "client.wrongChain", says: /wallet is on another chain/ }, () =>
      deposit(mixed, oneEther()),
    );
  });

  test("error: a state of another vault", async () => {
    const client = clientOf(world, alice.key, {
      deployment: changed({ vault: world.deployment.vaultChain.messenger }),
    });
    await refuses(world, { code: "sync.otherVault", says: /another vault or chain/ }, () =>
      syncVault(client, world.state),
    );
  });

  test("error: no wallet at all", () =>
    refuses(world, { code: "client.noWallet", says: /vault client has no wallet/ }, () =>
      deposit({ ...alice.client, vault: { public: alice.client.vault.public } }, oneEther()),
    ));
});

describe("a wrong contract", () => {
  test("error: there is none at the vault's, the engine's address", async () => {
    const noVault = clientOf(world, alice.key, { deployment: changed({ vault: NOBODY }) });
    const refusal = { code: "client.noContract", says: /no contract at 0x00000000000000000000000000000000000000aa on/ };
    await refuses(world, refusal, () => deposit(noVault, oneEther()));
    const noEngine = clientOf(world, alice.key, { deployment: changed({}, { engine: NOBODY }) });
    await refuses(world, refusal, () => supply(noEngine, { market: MARKET, amount: 1n }));
  });

  test("error: another contract is there", async () => {
    const { messenger } = world.deployment.vaultChain;
    const wrong = clientOf(world, alice.key, { deployment: changed({ vault: messenger }) });
    await refuses(world, { code: "contract.revert", says: /refused deposit/ }, () => deposit(wrong, oneEther()));
  });

  test("error: a contract beside them is missing", async () => {
    const wrong = clientOf(world, alice.key, { deployment: changed({ messenger: NOBODY }) });
    await refuses(world, { code: "client.noContract", says: /no such contract/ }, () => requestAttestation(wrong));
  });

  test("error: a deployment file with a mistyped address, a missing field", () => {
    const mistyped = changed({ vault: swapCase(world.deployment.vaultChain.vault) });
    expect(() => parseDeployment(mistyped)).toThrow(/vaultChain.vault: is no address, or its checksum is wrong/);
    const { engine: _, ...incomplete } = world.deployment.marginChain;
    const file = { ...world.deployment, marginChain: incomplete };
    expect(() => parseDeployment(file)).toThrow(/wrong in 1 place\(s\): marginChain.engine/);
  });
});

describe("a wrong address", () => {
  const payTo = (to: string) => pay(alice.client, { ...spending(), to, amounts: { 0: 1n } });

  test("error: one letter of a payment address is another", async () => {
    const address = addressOf(alice.keys);
    const refusal = { code: "address.checksum", says: /wrong checksum/ };
    for (const place of [6, 40, address.length - 1]) {
      const letter = address[place] === "q" ? "p" : "q";
      const wrong = address.slice(0, place) + letter + address.slice(place + 1);
      await refuses(world, refusal, () => deposit(alice.client, { to: wrong, asset: "ETH", amount: "1" }));
    }
    await refuses(world, refusal, () => deposit(alice.client, { to: address.slice(0, -1), asset: "ETH", amount: "1" }));
  });

  test("error: an Ethereum address, another system's, or none", async () => {
    const refusal = (says: RegExp) => ({ code: "address.prefix", says });
    const to = (text: string) => () => deposit(alice.client, { to: text, asset: "ETH", amount: "1" });
    await refuses(world, refusal(/has an Ethereum address, expected the prefix "hyp"/), to(alice.key.address));
    await refuses(world, refusal(/has the prefix "zs"/), to(addressOf(alice.keys).replace("hyp1", "zs1")));
    await refuses(world, refusal(/has no prefix/), to("alice"));
    await expect(payTo(alice.key.address)).rejects.toThrow();
  });

  test("error: a mistyped recipient, relayer or controller", async () => {
    const wrong = swapCase(alice.key.address);
    const refusal = { code: "address.ethereum", says: /is no Ethereum address, or its checksum is wrong/ };
    // A prepared spend, short of its proof: the inputs are given, so that nothing else is wrong.
    const inputs = [{ ...note, status: "available" as const }];
    const common = { ...spending(), inputs, amounts: { 0: 100n } };
    const { client } = alice;
    const recipient = alice.key.address;
    await refuses(world, refusal, () => withdraw(client, { ...common, recipient: wrong }));
    await refuses(world, refusal, () => withdraw(client, { ...common, recipient, relayer: wrong, fee: 1n }));
    await refuses(world, refusal, () => lock(client, { ...common, controller: wrong }));
    await refuses(world, refusal, () => lock(client, { ...common, controller: "0x1234" }));
  });

  test("error: nobody to withdraw to, no controller", async () => {
    const inputs = [{ ...note, status: "available" as const, leafIndex: 0 }];
    const common = { ...spending(), inputs, amounts: { 0: 100n } };
    await refuses(world, { code: "withdraw.recipient", says: /needs a recipient/ }, () =>
      withdraw(alice.client, { ...common, recipient: undefined as unknown as Address }),
    );
  });

  test("error: a mistyped receiver of a loan, or of lent tokens", async () => {
    const receiver = swapCase(alice.key.address);
    const refusal = { code: "address.ethereum", says: /malformed, or its checksum is wrong/ };
    const account = `0x${"11".repeat(32)}` as const;
    await refuses(world, refusal, () => borrow(alice.client, { market: MARKET, account, amount: 1n, receiver }));
    await refuses(world, refusal, () => supply(alice.client, { market: MARKET, amount: 1n, receiver }));
  });
});

describe("a wrong key", () => {
  test.each([
    ["too short", "0x1234" as const, /has 2 bytes, expected 32/],
    ["not hexadecimal", "0xzz" as const, /not hexadecimal/],
    ["all zero", `0x${"00".repeat(32)}` as const, /all zero/],
  ])("error: a seed that is %s", async (_, seed, says) => {
    const error = await deriveKeys(seed).catch((reason: unknown) => reason);
    expectRefusal(error, { code: "keys.seed", says });
  });

  test("error: a trustee's secret that is none", () => {
    for (const text of ["", "hunter2", "0", `0x${"ff".repeat(32)}`]) {
      let error: unknown;
      try {
        parseTrusteeSecret(text);
      } catch (reason) {
        error = reason;
      }
      const refusal = expectRefusal(error, { code: "keys.trusteeSecret", says: /trustee's secret is not/ });
      if (text.length > 1) expect(refusal.message).not.toContain(text);
    }
  });

  test("error: a deposit for nobody, or for two", async () => {
    const refusal = { code: "deposit.owner", says: /exactly one of/ };
    const { client, keys } = alice;
    await refuses(world, refusal, () => deposit(client, { asset: "ETH", amount: "1" }));
    await refuses(world, refusal, () => deposit(client, { keys, to: addressOf(keys), asset: "ETH", amount: "1" }));
  });

  test("error: a note that is no lock, and a lock before anything was attested", async () => {
    const openOn = (lock: Note) => () =>
      openAccount(alice.client, { market: MARKET, lock, state: world.state, prover: world.prover });
    await refuses(world, { code: "proof.notALock", says: /note is free, not a lock/ }, openOn(note));
    const locked = { ...note, domain: alice.client.domain, controller: BigInt(alice.key.address) };
    await refuses(world, { code: "root.none", says: /knows no root of this vault yet/ }, openOn(locked));
  });
});

/** The address with its first letter's case changed, which the checksum notices. */
function swapCase(address: Address): Address {
  const checked = getAddress(address);
  const place = checked.slice(2).search(/[a-fA-F]/) + 2;
  const letter = checked[place]!;
  const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
  if (checked === zeroAddress) throw new Error("An address of digits has no checksum.");
  return `${checked.slice(0, place)}${other}${checked.slice(place + 1)}` as Address;
}
