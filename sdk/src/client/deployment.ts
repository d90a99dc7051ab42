import { isAddress, isHex, type Address, type Hex } from "viem";
import { z } from "zod";

import { HypothecError } from "../errors/base.ts";

/** LayerZero contracts of one chain. */
export type LzChain = {
  endpoint: Address;
  sendUln: Address;
  receiveUln: Address;
  executor: Address;
  /** Required DVNs, ascending. */
  dvns: Address[];
};

/** A listed asset of the vault. token = zero address: the native asset. */
export type AssetInfo = { slot: number; symbol: string; token: Address; decimals: number; sharedDecimals: number };

/** A proof verifier and the hash of the code that was checked against its key when it was deployed. */
export type VerifierDeployment = { address: Address; codeHash: Hex };

/** The vault's verifiers, named as the vault names them. */
export const vaultVerifiers = ["batch16Verifier", "batch64Verifier", "transactVerifier", "settleVerifier"] as const;
export type VaultVerifier = (typeof vaultVerifiers)[number];

export type VaultChainDeployment = {
  name: string;
  chainId: number;
  eid: number;
  startBlock: number;
  lz: LzChain;
  vault: Address;
  messenger: Address;
  orderInbox: Address;
  recoveryVault: Address;
  /** By the vault's getter. */
  verifiers: Record<VaultVerifier, VerifierDeployment>;
  /** Wei per queue entry. */
  entryFee: string;
  assets: AssetInfo[];
};

export type MarketDeployment = {
  id: Hex;
  name: string;
  pool: Address;
  /** Bears the pool's losses before its lenders do. */
  insuranceFund: Address;
  debtToken: Address;
  debtSymbol: string;
  debtDecimals: number;
  sourceId: number;
  profiles: number[];
  /** The trustee's key as the engine holds it: 8·R. */
  trustee: { x: string; y: string };
};

export type MarginChainDeployment = {
  name: string;
  chainId: number;
  eid: number;
  startBlock: number;
  lz: LzChain;
  engine: Address;
  verifier: VerifierDeployment;
  orderQueue: Address;
  rootInbox: Address;
  priceBoard: Address;
  setId: number;
  riskSet: Address;
  /** Answers what a screen asks; nothing depends on it. */
  lens: Address;
  markets: MarketDeployment[];
};

/** Everything the SDK has to know about where the contracts are. */
export type Deployment = { version: 1; vaultChain: VaultChainDeployment; marginChain: MarginChainDeployment };

const address = z
  .string()
  .refine(
    (text): text is Address => isAddress(text, { strict: text !== text.toLowerCase() }),
    "is no address, or its checksum is wrong",
  )
  .transform((text) => text);
const bytes32 = z
  .string()
  .refine((text): text is Hex => isHex(text) && text.length === 66, "is not 32 bytes in hexadecimal")
  .transform((text) => text);
const integer = z.number().int().nonnegative();
const decimal = z.string().regex(/^\d+$/, "is not a decimal integer");

const lzChain = z.object({
  endpoint: address,
  sendUln: address,
  receiveUln: address,
  executor: address,
  dvns: z.array(address).min(1),
});

const verifier = z.object({ address, codeHash: bytes32 });

const asset = z
  .object({
    slot: integer.max(7),
    symbol: z.string().min(1),
    token: address,
    decimals: integer.max(36),
    sharedDecimals: integer.max(8),
  })
  .refine((a) => a.sharedDecimals <= a.decimals, "has more shared decimals than decimals");

const deploymentSchema = z.object({
  version: z.literal(1),
  vaultChain: z.object({
    name: z.string(),
    chainId: integer,
    eid: integer,
    startBlock: integer,
    lz: lzChain,
    vault: address,
    messenger: address,
    orderInbox: address,
    recoveryVault: address,
    verifiers: z.record(z.enum(vaultVerifiers), verifier),
    entryFee: decimal,
    assets: z.array(asset),
  }),
  marginChain: z.object({
    name: z.string(),
    chainId: integer,
    eid: integer,
    startBlock: integer,
    lz: lzChain,
    engine: address,
    verifier,
    orderQueue: address,
    rootInbox: address,
    priceBoard: address,
    setId: integer,
    riskSet: address,
    lens: address,
    markets: z.array(
      z.object({
        id: bytes32,
        name: z.string(),
        pool: address,
        insuranceFund: address,
        debtToken: address,
        debtSymbol: z.string(),
        debtDecimals: integer.max(36),
        sourceId: integer,
        profiles: z.array(integer.max(255)),
        trustee: z.object({ x: decimal, y: decimal }),
      }),
    ),
  }),
});

/**
 * Check a deployment read from JSON.
 *
 * @throws HypothecError `deployment.invalid`, naming every field that is wrong.
 */
export function parseDeployment(json: unknown): Deployment {
  const result = deploymentSchema.safeParse(json);
  if (!result.success) {
    const issues = result.error.issues.map((issue) => `${issue.path.join(".") || "(the whole)"}: ${issue.message}`);
    throw new HypothecError(`The deployment file is wrong in ${issues.length} place(s): ${issues.join("; ")}`, {
      code: "deployment.invalid",
      args: { issues },
      whatToDo: "Use the file that the deployment wrote, for this version of the SDK.",
    });
  }
  return result.data;
}

/**
 * The asset of a slot, a symbol or a token address.
 *
 * @throws HypothecError `asset.unknown`.
 */
export function findAsset(deployment: Deployment, which: number | string): AssetInfo {
  const { assets } = deployment.vaultChain;
  const wanted = typeof which === "string" ? which.toLowerCase() : which;
  const found = assets.find(
    (a) => a.slot === wanted || a.symbol.toLowerCase() === wanted || a.token.toLowerCase() === wanted,
  );
  if (found === undefined) {
    const known = assets.map((a) => `${a.slot} ${a.symbol}`).join(", ");
    throw new HypothecError(`The vault has no asset ${JSON.stringify(which)}`, {
      code: "asset.unknown",
      args: { which },
      whatToDo: `Use one of its slots: ${known}.`,
    });
  }
  return found;
}

/**
 * A market by its id or name.
 *
 * @throws HypothecError `market.unknown`.
 */
export function findMarket(deployment: Deployment, which: string): MarketDeployment {
  const { markets } = deployment.marginChain;
  const found = markets.find((m) => m.id.toLowerCase() === which.toLowerCase() || m.name === which);
  if (found === undefined) {
    throw new HypothecError(`There is no market ${JSON.stringify(which)}`, {
      code: "market.unknown",
      args: { which },
      whatToDo: `Use one of: ${markets.map((m) => m.name).join(", ")}.`,
    });
  }
  return found;
}
