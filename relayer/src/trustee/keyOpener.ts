import { openSealed, trusteeKeyOf } from "@hypothec/sdk";
import type { SealedProof } from "../keeper/marginView.ts";
import type { RoleContext } from "../runtime/context.ts";
import { RelayerError } from "../runtime/errors.ts";
import { readOpening, trusteeOf, type Opener } from "./opener.ts";

/** The one holder of a trustee's secret, or of several: there is nobody to ask, and nobody to take turns with. */
export function createKeyOpener(context: RoleContext, secrets: bigint[]): Opener {
  const keys = secrets.map((secret) => ({ secret, key: trusteeKeyOf(secret).key }));

  /** Our secret for the market of a lock, or undefined when another trustee serves it. */
  function secretFor(sealed: SealedProof): bigint | undefined {
    const trustee = trusteeOf(context, context.accounts().accounts, sealed);
    return keys.find(({ key }) => trustee?.x === key.x && trustee.y === key.y)?.secret;
  }

  return {
    serves: (sealed) => secretFor(sealed) !== undefined,
    open: async (seal) => {
      const chain = [context.vault, context.margin].find((each) => each.halted?.() != null);
      if (chain !== undefined)
        throw new RelayerError(
          "halted",
          `Chain ${chain.name} is halted: no opening is decrypted until its operator has looked.`,
        );
      const secret = secretFor(seal);
      const { ephemeral, sealed, lockNullifier } = seal;
      if (secret === undefined)
        throw new RelayerError("no_opening", `The opening of lock ${lockNullifier} is sealed to another trustee.`);
      return readOpening(
        openSealed({ secret, ephemeral, sealed, lockNullifier }),
        lockNullifier,
        "roles.trustee.secrets",
      );
    },
  };
}
