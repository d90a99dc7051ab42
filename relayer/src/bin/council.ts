import { randomBytes } from "node:crypto";
import { createOperatorKeys, HypothecError } from "@hypothec/sdk";
import { Command } from "commander";
import { bytesToHex } from "viem";
import { readCouncilFile } from "../config/council.ts";
import { writeOnce } from "../council/files.ts";
import {
  advance,
  finish,
  readOperatorKeys,
  start,
  steps,
  type Sent,
  type StepFiles,
} from "../council/keyGeneration.ts";
import { readRefresh, readSession } from "../council/session.ts";
import { exitCodes, RelayerError } from "../runtime/errors.ts";

type Options = {
  /** Runs a command, tells its errors and ends with its exit code. */
  guarded: (run: () => Promise<number>) => Promise<void>;
  print: (text: string) => void;
};

const descriptions: Record<keyof typeof steps, string> = {
  deal: "round 2, when all commitments are there: deal a share to each operator",
  judge: "round 3, when all deals are there: check them, complain about bad ones",
  answer: "round 4, when all judgements are there: answer complaints about this operator's deal",
  confirm: "round 5, when the operators agree that round 4 is over: leave out who owes an answer, tell the result",
};

/** `relayer council`: a council's key in files. Operators carry the messages; docs/council.md says what each round does. */
export function createCouncilCommand({ guarded, print }: Options): Command {
  const run = (work: () => Promise<void>) =>
    guarded(async () => {
      try {
        await work();
      } catch (error) {
        // The SDK's errors say what to do, and who is to blame.
        throw error instanceof HypothecError
          ? new RelayerError(error.code, error.message, { severity: "permanent", cause: error })
          : error;
      }
      return exitCodes.ok;
    });
  const tell = ({ message }: Sent) =>
    print(message === undefined ? "nothing to send in this round" : `send to every operator: ${message}`);

  const council = new Command("council")
    .exitOverride()
    .description("make and show the key of a trustee of several operators");
  const keys = new Command("keys")
    .exitOverride()
    .description("an operator's keys, which sign and receive the messages of a run");
  keys
    .command("new")
    .description("draw keys; prints the public halves, which the operators' agreement lists")
    .requiredOption("--out <file>", "secret seed")
    .action(({ out }: { out: string }) =>
      run(async () => {
        const seed = bytesToHex(randomBytes(32));
        await writeOnce(out, seed, { secret: true });
        const { signing, encryption } = createOperatorKeys(seed);
        print(JSON.stringify({ signing, encryption }, null, 2));
      }),
    );
  council.addCommand(keys);

  const step = (name: string, description: string) =>
    council
      .command(name)
      .description(description)
      .requiredOption("--state <file>", "this operator's state, secret")
      .requiredOption("--messages <folder>", "everybody's messages, ROUND-INDEX.json");

  step("start", "round 1: draw a polynomial, commit to it; with --council and --share, refresh the shares of a council")
    .requiredOption("--keys <file>", "this operator's seed")
    .requiredOption("--session <file>", "what the operators agreed on: id, threshold, operators")
    .option("--council <file>", "the council to refresh")
    .option("--share <file>", "this member's share of it")
    .action((options: StepFiles & { keys: string; session: string; council?: string; share?: string }) =>
      run(async () => {
        if ((options.council === undefined) !== (options.share === undefined))
          throw new RelayerError("usage", "A refresh takes --council and --share, both.", {
            severity: "permanent",
            exitCode: exitCodes.usage,
          });
        const refresh =
          options.council === undefined
            ? undefined
            : await readRefresh({ council: options.council, share: options.share! });
        const session = await readSession(options.session, refresh);
        const operator = await readOperatorKeys(options.keys);
        tell(await start(options, { session, keys: operator, ...(refresh && { share: refresh.share }) }));
      }),
    );
  for (const name of Object.keys(steps) as (keyof typeof steps)[])
    step(name, descriptions[name])
      .requiredOption("--keys <file>", "this operator's seed")
      .action((options: StepFiles & { keys: string }) =>
        run(async () => tell(await advance(options, await readOperatorKeys(options.keys), name))),
      );
  step("finish", "when all members confirmed the same: write the council and this operator's share")
    .requiredOption("--council <file>", "public, to write")
    .requiredOption("--share <file>", "secret, to write")
    .action((options: StepFiles & { council: string; share: string }) =>
      run(async () => {
        const { council: made, faults } = await finish(options, options);
        for (const { operator, kind, towards } of faults)
          print(`fault: operator ${operator}, ${kind}, towards operator ${towards}`);
        print(`${made.threshold} of ${made.members.length} members: ${options.council}`);
        print(`Delete ${options.state}, and after a refresh the old share, once every member has finished.`);
      }),
    );
  council
    .command("show")
    .description("show a council: its threshold and members, and the key to submit for a market")
    .argument("<file>", "the council")
    .action((file: string) =>
      run(async () => {
        const { id, text, threshold, members, submitted, key } = await readCouncilFile(file);
        const decimal = ({ x, y }: { x: bigint; y: bigint }) => ({ x: x.toString(), y: y.toString() });
        const shown = {
          id,
          epoch: text.epoch,
          threshold,
          members,
          /** R: what a market is given as its trustee. */
          submit: decimal(submitted),
          /** 8·R: what the engine then holds, and deployments list. */
          engineHolds: decimal(key),
        };
        print(JSON.stringify(shown, null, 2));
      }),
    );
  return council;
}
