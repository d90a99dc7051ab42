/** What an operation costs elsewhere, and what it may cost here. Full transactions unless `what` says otherwise. */
export type GasTarget = {
  what: string;
  /** Published or measured figures of peers, with what they are. */
  peers: string;
  goal: number;
  /** The rows of our measurements that count: a step of the demo, or a row of CollateralVault.test.ts. */
  ours: RegExp;
};

export const GAS_TARGETS: readonly GasTarget[] = [
  {
    what: "private deposit, its share of a full batch of 64",
    peers: "Tornado Core deposit 1,088,354 · Zeto AnonNullifier 2,005,587 · Semaphore addMember 133,880 (no tokens)",
    goal: 85_000,
    ours: /^private deposit with its share of a batch of 64$/,
  },
  {
    what: "private deposit, its share of a full batch of 16",
    peers: "as above",
    goal: 110_000,
    ours: /^private deposit with its share of the batch$/,
  },
  {
    what: "append one leaf, of 64 (batch only)",
    peers: "on-chain depth-32 Poseidon ≈ 600,000 · tornado-trees keccak queue + sha256 proof",
    goal: 5_000,
    ours: /^appendBatch of 64, per leaf$/,
  },
  { what: "append one leaf, of 16 (batch only)", peers: "as above", goal: 17_000, ours: /^appendBatch, per leaf$/ },
  {
    what: "private transfer 2→2 (transact)",
    peers: "EIP-8182 reference 335,000 at 21 inputs · Tornado Core withdraw 301,233 (one note, no transfer)",
    goal: 310_000,
    ours: /^transact 2→2, no withdrawal$/,
  },
  {
    what: "open account + borrow, private, cross-chain",
    peers:
      "public, one chain: Aave v3.7 borrow 245,394 / 209,306 · Aave v4 260,362 / 203,228 · Morpho Blue 97,935; IBC Eureka Groth16 recv 524,474",
    goal: 420_000,
    ours: /^opens an account and borrows/,
  },
  { what: "refresh", peers: "–", goal: 250_000, ours: /^refreshes from hidden headroom$/ },
  {
    what: "liquidate: buy one lock's claim",
    peers: "Aave v3.7 340,429 · v4 339,880",
    goal: 250_000,
    ours: /buys one lock's claim$/,
  },
  { what: "settle on S, one seized, buyer's note", peers: "–", goal: 300_000, ours: /^settle with a buyer$/ },
  { what: "settle on S, a release", peers: "–", goal: 300_000, ours: /^settle, a release$/ },
  {
    what: "attestation, whole path of a root",
    peers:
      "LayerZero V2, two DVNs, warm: send 231,622 + 2 × verify 69,694 + commit 76,837 + lzReceive 60,009 = 507,856; Eureka aggregated ≈ 179,000 a packet at 25",
    goal: 507_856 + 60_000,
    ours: /^attestation, whole path$/,
  },
];
