import {
  hashMessage,
  hashTypedData,
  keccak256,
  parseSignature,
  serializeTransaction,
  type Address,
  type Hex,
  type LocalAccount,
} from "viem";
import { toAccount } from "viem/accounts";

/** Something that holds one secp256k1 key and signs digests with it: a key in memory, or a service that never gives it away. */
export type Signer = {
  address: Address;
  /** 0x04 and the two coordinates. */
  publicKey: Hex;
  /** r ‖ s ‖ v of a 32-byte digest, s in the lower half, v 27 or 28. */
  sign: (digest: Hex) => Promise<Hex>;
};

/** The signer as an account: everything that a role signs comes down to digests. */
export function signerAccount({ address, publicKey, sign }: Signer): LocalAccount {
  const account = toAccount({
    address,
    sign: ({ hash }) => sign(hash),
    signMessage: ({ message }) => sign(hashMessage(message)),
    signTypedData: (typedData) => sign(hashTypedData(typedData as never)),
    async signTransaction(transaction, options) {
      const serialize = options?.serializer ?? serializeTransaction;
      const unsigned = await serialize(transaction as never);
      return serialize(transaction as never, parseSignature(await sign(keccak256(unsigned)))) as never;
    },
  });
  return { ...account, publicKey, source: "remote" };
}
