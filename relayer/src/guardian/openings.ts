import { lockNullifierOf, type SharedOpening } from "@hypothec/sdk";
import type { Hex } from "viem";

/** An account that a guardian looks after, with the openings that its client handed over. */
export type GuardedAccount = { account: Hex; openings: SharedOpening[] };

/** Openings by account and lock nullifier. Needs the SDK's crypto to be loaded. */
export type OpeningBook = {
  accounts: Hex[];
  find: (account: Hex, lockNullifier: bigint) => SharedOpening | undefined;
};

export function createOpeningBook(clients: GuardedAccount[]): OpeningBook {
  const byAccount = new Map(
    clients.map(({ account, openings }) => [
      account,
      new Map(openings.map((opening) => [lockNullifierOf(opening.blinding, opening.leafIndex), opening])),
    ]),
  );
  return {
    accounts: [...byAccount.keys()],
    find: (account, lockNullifier) => byAccount.get(account)?.get(lockNullifier),
  };
}
