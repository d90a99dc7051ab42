import { encodeErrorResult, HttpRequestError, InsufficientFundsError, type Abi } from "viem";
import { describe, expect, test } from "vitest";

import { marginEngineAbi, collateralVaultAbi } from "../abis/index.ts";
import { HypothecError, isHypothecError } from "./base.ts";
import { decodeRevert, errorsAbi, toHypothecError } from "./decode.ts";
import { explainContractError } from "./explain.ts";

describe("HypothecError", () => {
  test("default: short message, what to do, details, cause", () => {
    const cause = new Error("deeper");
    const error = new HypothecError("Short", {
      code: "x.y",
      whatToDo: "Do this.",
      details: "node said",
      cause,
      args: { a: 1n },
    });
    expect(error.message).toBe("Short\nWhat to do: Do this.\nDetails: node said");
    expect([error.shortMessage, error.code, error.args.a, error.cause]).toEqual(["Short", "x.y", 1n, cause]);
    expect(isHypothecError(error, "x.y") && !isHypothecError(error, "z") && !isHypothecError(cause)).toBe(true);
  });
});

describe("decodeRevert", () => {
  test("default: name, arguments by name, meaning, what to do", () => {
    const data = encodeErrorResult({ abi: collateralVaultAbi, errorName: "CapExceeded", args: [2, 500n, 400n] });
    const error = decodeRevert(data);
    expect(error.code).toBe("CapExceeded");
    expect(error.args).toEqual({ slot: 2, wouldHold: 500n, cap: 400n });
    expect(error.shortMessage).toBe(
      "The vault takes at most 400 shared units in slot 2; with this deposit it would hold and owe 500",
    );
    expect(error.whatToDo).toMatch(/Deposit less/);
  });

  test("behavior: money and times are written as people read them", () => {
    const account = `0x${"ab".repeat(32)}` as const;
    const low = encodeErrorResult({
      abi: marginEngineAbi,
      errorName: "CoverageTooLow",
      args: [account, 1_500_000n, 250_000n],
    });
    expect(decodeRevert(low).shortMessage).toBe("The requirement is 1.5 USD, the coverage only 0.25 USD");
    const late = encodeErrorResult({
      abi: marginEngineAbi,
      errorName: "DeadlinePassed",
      args: [0x6000_0000, 0x6000_0001n],
    });
    expect(decodeRevert(late).shortMessage).toBe(
      "The deadline 2021-01-14T08:25:36.000Z has passed; it is 2021-01-14T08:25:37.000Z",
    );
  });

  test("behavior: every custom error of every contract decodes to its own name with all its arguments", () => {
    expect(errorsAbi.length).toBeGreaterThan(100);
    for (const item of errorsAbi) {
      if (item.type !== "error") continue;
      const args = item.inputs.map(({ type }) => sample(type));
      const error = decodeRevert(encodeErrorResult({ abi: [item] as Abi, errorName: item.name, args }));
      expect(error.code).toBe(item.name);
      expect(Object.keys(error.args)).toEqual(item.inputs.map(({ name }) => name));
      expect(error.shortMessage).not.toMatch(/undefined|\{\w+/);
    }
  });

  test("behavior: every error that a user's step can meet is explained", () => {
    const governance =
      /^(AccessManager|InsufficientBalance|Bad(Decimals|Feed|Parameter|Pool|Cap|Rates|Engine)|Already(Bound|Listed)|Asset|Bonus|Haircut|Loading|MinDebtTooLow|NotBound|NotDeployer|Retirement|Risk(Entry|Exceeds|SetBonus)|Slot(Taken)|Source|StoreFailed|TooMany(Factors|Markets|Pools|Sources|Versions)|Variance|Version|WrongExtension|ZTooLarge|ZeroFee|Ownable|Only|Invalid(?!Proof)|LzToken|Unsupported|ERC20|ERC4626|Safe|Math|Address|Failed|String|Checkpoint)/;
    const missing = errorsAbi.flatMap((item) =>
      item.type === "error" && !governance.test(item.name) && explainContractError(item.name, {}) === undefined
        ? [item.name]
        : [],
    );
    expect(missing).toEqual([]);
  });

  test("behavior: require strings and panics", () => {
    const text = "0x08c379a0" + "20".padStart(64, "0") + "2".padStart(64, "0") + "6e6f".padEnd(64, "0");
    expect(decodeRevert(text as `0x${string}`)).toMatchObject({
      code: "contract.revert",
      shortMessage: "The contract refused: no",
    });
    const panic = decodeRevert(("0x4e487b71" + "11".padStart(64, "0")) as `0x${string}`);
    expect(panic).toMatchObject({ code: "contract.panic", shortMessage: "The contract stopped in a panic (code 17)" });
  });

  test("error: data of no known error", () => {
    expect(decodeRevert("0xdeadbeef")).toMatchObject({ code: "contract.unknown", details: "0xdeadbeef" });
  });
});

describe("toHypothecError", () => {
  test("default: passes its own through", () => {
    const error = new HypothecError("x", { code: "y" });
    expect(toHypothecError(error)).toBe(error);
  });

  test("behavior: no gas money", () => {
    expect(toHypothecError(new InsufficientFundsError(), "deposit")).toMatchObject({
      code: "rpc.funds",
      whatToDo: expect.stringContaining("native asset"),
    });
  });

  test("behavior: a node that does not answer; nothing of its URL but scheme and host is repeated", () => {
    const url = "https://user:secret@rpc.example/v2/APIKEY?token=T";
    const error = toHypothecError(new HttpRequestError({ url, details: `fetch ${url} failed`, body: {} }), "reading");
    expect(error.code).toBe("rpc.unreachable");
    const shown = `${error.message}${error.stack ?? ""}${String(error.cause)}${(error.cause as Error).stack ?? ""}`;
    expect(shown).toContain("https://rpc.example");
    for (const secret of ["secret", "APIKEY", "token"]) expect(shown).not.toContain(secret);
  });

  test("behavior: anything else keeps its message", () => {
    expect(toHypothecError(new Error("odd"), "settle")).toMatchObject({
      code: "unknown",
      shortMessage: "Settle failed: odd",
    });
    expect(toHypothecError("text").shortMessage).toBe("The call failed: text");
  });
});

function sample(type: string): unknown {
  if (type === "address") return `0x${"11".repeat(20)}`;
  if (type === "bool") return true;
  if (type === "string") return "text";
  if (type === "bytes") return "0x1234";
  if (/^bytes\d+$/.test(type)) return `0x${"22".repeat(Number(type.slice(5)))}`;
  const bits = Number(/\d+/.exec(type)?.[0] ?? 256);
  return bits <= 48 ? 7 : 7n;
}
