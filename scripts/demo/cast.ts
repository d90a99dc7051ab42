import { participant, type Participant, type World } from "./world.ts";

/** Sets of slots a borrower may rely on in the demo's market, bit i = slot i (ETH 0, WBTC 1, LINK 2, USDC 3). */
export const PROFILES = { all: 0, ether: 1, etherDollars: 2, bitcoinLink: 3 } as const;
export const PROFILE_MASKS = [0b1111, 0b0001, 0b1001, 0b0110];

export const MARKET = "USDC";

export type Cast = {
  lender: Participant;
  alice: Participant;
  bob: Participant;
  carol: Participant;
  /** The operator whose keeper buys claims: the notes it bought are found with the seed that the relayer was given. */
  operator: Participant;
};

export async function makeCast(world: World): Promise<Cast> {
  const claimSeed = world.localnet.key(CLAIM_SEED_LABEL).privateKey;
  const [lender, alice, bob, carol, operator] = await Promise.all([
    participant(world, "lender"),
    participant(world, "Alice"),
    participant(world, "Bob"),
    participant(world, "Carol"),
    participant(world, "operator", claimSeed),
  ]);
  return { lender, alice, bob, carol, operator };
}

/** The keeper's notes belong to keys from this seed of the local network. */
export const CLAIM_SEED_LABEL = "keeper's claims";
