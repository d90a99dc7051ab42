/**
 * Chains on which keys with known or doubtful secrets may be deployed: Hardhat's and anvil's own id, the local network's second
 * chain, and Geth's development chain. No chain of this list holds anything of value.
 */
export const localChainIds: readonly number[] = [1337, 31337, 31338];

/** Whether a chain is one that runs on somebody's own machine. */
export function isLocalChain(chainId: number): boolean {
  return localChainIds.includes(chainId);
}
