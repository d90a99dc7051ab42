import type { AssetInfo } from "../client/deployment.ts";
import { HypothecError } from "../errors/base.ts";
import { AMOUNT_LIMIT } from "./amounts.ts";

/** The units of an asset: what {@link AssetInfo} says about them. */
export type AssetUnits = Pick<AssetInfo, "symbol" | "decimals" | "sharedDecimals">;

/**
 * A decimal text in whole tokens to shared units.
 *
 * @example
 * parseShared("1.5", { symbol: "WETH", decimals: 18, sharedDecimals: 8 }); // 150_000_000n
 * @throws HypothecError `amount.text`, `amount.zero`, `amount.dust`, `amount.range`.
 */
export function parseShared(text: string, asset: AssetUnits, options: { readonly allowZero?: boolean } = {}): bigint {
  const trimmed = text.trim();
  const match = /^(\d+)(?:\.(\d+))?$/.exec(trimmed);
  if (match === null) {
    throw new HypothecError(`"${text}" is not an amount of ${asset.symbol}`, {
      code: "amount.text",
      whatToDo: "Give digits with at most one decimal point, as 12.5.",
    });
  }
  const [, whole = "", fraction = ""] = match;
  const kept = fraction.replace(/0+$/, "");
  if (kept.length > asset.sharedDecimals) {
    throw new HypothecError(
      `${trimmed} ${asset.symbol} has more than the ${asset.sharedDecimals} decimals that the vault keeps`,
      {
        code: "amount.dust",
        args: { amount: trimmed, sharedDecimals: asset.sharedDecimals },
        whatToDo: `Round it to ${asset.sharedDecimals} decimals.`,
      },
    );
  }
  const shared = BigInt(whole + kept.padEnd(asset.sharedDecimals, "0"));
  return checkShared(shared, asset, options.allowZero ?? false);
}

/** Shared units as decimal text in whole tokens, without trailing zeros. */
export function formatShared(shared: bigint, asset: AssetUnits): string {
  const digits = shared.toString().padStart(asset.sharedDecimals + 1, "0");
  const point = digits.length - asset.sharedDecimals;
  const fraction = digits.slice(point).replace(/0+$/, "");
  return fraction === "" ? digits.slice(0, point) : `${digits.slice(0, point)}.${fraction}`;
}

/**
 * Token units to shared units.
 *
 * @throws HypothecError `amount.zero`, `amount.dust`, `amount.range`.
 */
export function sharedFromToken(tokenUnits: bigint, asset: AssetUnits): bigint {
  const scale = scaleOf(asset);
  const dust = tokenUnits % scale;
  if (dust !== 0n) {
    throw new HypothecError(
      `${tokenUnits} units of ${asset.symbol} leave ${dust} below the ${asset.sharedDecimals} decimals that the vault keeps`,
      {
        code: "amount.dust",
        args: { amount: tokenUnits, dust, scale },
        whatToDo: `Use a multiple of ${scale} units: ${tokenUnits - dust} or ${tokenUnits - dust + scale}.`,
      },
    );
  }
  return checkShared(tokenUnits / scale, asset, false);
}

/** Shared units to token units. */
export function tokenFromShared(shared: bigint, asset: AssetUnits): bigint {
  return shared * scaleOf(asset);
}

/** Token units of one shared unit: 10^(decimals − sharedDecimals). */
export function scaleOf(asset: AssetUnits): bigint {
  return 10n ** BigInt(asset.decimals - asset.sharedDecimals);
}

/** @throws HypothecError `amount.balance` when `needed` exceeds `have`. */
export function assertBalance(needed: bigint, have: bigint, asset: AssetUnits): void {
  if (needed <= have) return;
  throw new HypothecError(
    `Needs ${formatShared(needed, asset)} ${asset.symbol}, there are ${formatShared(have, asset)}`,
    {
      code: "amount.balance",
      args: { needed, have, symbol: asset.symbol },
      whatToDo: "Use less, or deposit more first.",
    },
  );
}

function checkShared(shared: bigint, asset: AssetUnits, allowZero: boolean): bigint {
  if (shared < 0n || (shared === 0n && !allowZero)) {
    throw new HypothecError(`The amount of ${asset.symbol} is ${shared}, expected more than 0`, {
      code: "amount.zero",
      whatToDo: "Give more than 0.",
    });
  }
  if (shared >= AMOUNT_LIMIT) {
    throw new HypothecError(
      `${formatShared(shared, asset)} ${asset.symbol} does not fit a note: at most ${formatShared(AMOUNT_LIMIT - 1n, asset)}`,
      { code: "amount.range", args: { amount: shared }, whatToDo: "Split it over several notes." },
    );
  }
  return shared;
}
