import { keccak256, stringToHex, type Address, type Hex } from "viem";
import { privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";

/** A key of the local network: worthless outside it, the same in every run of one seed. */
export type LocalKey = { label: string; privateKey: Hex; account: PrivateKeyAccount; address: Address };

export function localKey(seed: string, label: string): LocalKey {
  const privateKey = keccak256(stringToHex(`hypothec.localnet ${seed} ${label}`));
  const account = privateKeyToAccount(privateKey);
  return { label, privateKey, account, address: account.address };
}

/** Who runs a DVN (one per chain) and drives the executor: the two operators of every required pair are never the same. */
export type Operator = {
  name: string;
  /** Signs verifications; needs no funds. */
  dvnSigner: LocalKey;
  /** Calls DVN.execute. */
  dvnAdmin: LocalKey;
  /** May call Executor.execute302. */
  executor: LocalKey;
};

export function operatorKeys(seed: string, name: string): Operator {
  return {
    name,
    dvnSigner: localKey(seed, `${name} dvn signer`),
    dvnAdmin: localKey(seed, `${name} dvn admin`),
    executor: localKey(seed, `${name} executor`),
  };
}
