import { userInfo } from "node:os";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { createKeyRing } from "../config/keys.ts";
import { keyUses, type KeyUse } from "../config/keyUses.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { defaultKms } from "../config/schema.ts";
import { exitCodes, RelayerError, toErrorRecord } from "../runtime/errors.ts";
import { createReadClient } from "../runtime/rpc.ts";
import { messageStates, type MessageState } from "../store/messages.ts";
import { addressOf } from "../store/open.ts";
import { resumeChain } from "./chain.ts";
import { check } from "./check.ts";
import { clear } from "./clear.ts";
import { completionScript, shells } from "./completions.ts";
import { createCouncilCommand } from "./council.ts";
import { load, passphraseOf, withOperations, type ConfigOptions, type Loaded } from "./context.ts";
import { endProcess } from "./endProcess.ts";
import { init } from "./init.ts";
import { addKey, exportPublic, listKeys } from "./keys.ts";
import { listMessages, retryMessage, showMessage, skipMessage } from "./messages.ts";
import { rebuild } from "./rebuild.ts";
import { rebuildServer } from "./rebuildServer.ts";
import { start } from "./start.ts";
import { showStatus } from "./status.ts";
import { systemTerminal, type Terminal } from "./terminal.ts";
import { loadWorker, work, type WorkerOptions } from "./worker.ts";

/** The command line of an operator. Exit codes: docs/operators.md and runtime/errors.ts. */
export function createProgram(terminal: Terminal = systemTerminal()): Command {
  const program = new Command("relayer").description(
    "Hypothec relayer: batches, attestations, LayerZero DVN and executor, prover, keeper, trustee",
  );
  // Handed on to subcommands, so it comes before them.
  program.configureOutput({ writeErr: (text) => process.stderr.write(text) }).exitOverride();
  addRunning(program, terminal);
  addStore(program, terminal);
  addKeys(program, terminal);
  program.addCommand(createCouncilCommand({ guarded, print: (text) => terminal.print(text) }));
  program
    .command("completions")
    .description("print a completion script for a shell")
    .addArgument(new Argument("<shell>").choices(shells))
    .action((shell: string) =>
      guarded(async () => {
        terminal.print(completionScript(program, shell).trimEnd());
        return exitCodes.ok;
      }),
    );
  return program;
}

const configOption = () => new Option("--config <file>", "configuration (JSON with comments)").makeOptionMandatory();
const passphraseOption = () =>
  new Option(
    "--passphrase-file <file>",
    "its first line opens the keystores (default: RELAYER_PASSPHRASE_FILE, or asks)",
  );
const yesOption = () => new Option("--yes", "do not ask; required where nobody can answer");
const jsonOption = () => new Option("--json", "print JSON");

function addRunning(program: Command, terminal: Terminal): void {
  program
    .command("init")
    .description("write a configuration to edit, with comments and without secrets")
    .requiredOption("--deployment <file>", "deployment (JSON)")
    .option("--out <file>", "where to write it", "relayer.jsonc")
    .option("--roles <names>", "roles, separated by commas (default: those that anybody may run)")
    .option("--force", "overwrite a file that is there")
    .action((options: { deployment: string; out: string; roles?: string; force?: boolean }) =>
      guarded(() => init({ ...options, terminal })),
    );
  program
    .command("check")
    .description("check configuration, keys, chains, wiring and balances, and change nothing")
    .addOption(configOption())
    .addOption(passphraseOption())
    .action((options: ConfigOptions) => guarded(() => load(options, terminal).then(check)));
  program
    .command("start")
    .description("run the roles of a configuration until SIGTERM or SIGINT")
    .addOption(configOption())
    .addOption(passphraseOption())
    .action((options: ConfigOptions) => guarded(() => load(options, terminal).then(start)));
  program
    .command("worker")
    .description("make proofs for the relayers of a store on a PostgreSQL server, until SIGTERM or SIGINT")
    .option("--config <file>", "configuration of a worker (JSON with comments)")
    .option("--store <reference>", "instead of a configuration: env:NAME or file:PATH with the URL of the store")
    .action((options: WorkerOptions) => guarded(() => loadWorker(options).then(work)));
  program
    .command("status")
    .description("show chains, messages and balances")
    .addOption(configOption())
    .addOption(passphraseOption())
    .addOption(jsonOption())
    .action((options: ConfigOptions & { json?: boolean }) =>
      guarded(async () => {
        const loaded = await load(options, terminal);
        const { config, keys } = loaded;
        const sources = {
          chains: config.chains.map((chain) => ({ config: chain, client: createReadClient(chain) })),
          uses: usesOf(config),
          address: keys.address,
          withOperations: operationsOf(loaded),
          now: Date.now(),
        };
        return showStatus(sources, terminal, options);
      }),
    );
}

function addStore(program: Command, terminal: Terminal): void {
  type OnStore = ConfigOptions & { json?: boolean };
  const onStore = (options: ConfigOptions, run: (command: Parameters<typeof showMessage>[0]) => Promise<number>) =>
    guarded(async () => {
      const loaded = await load(options, terminal);
      return withOperations(loaded, (operations) => run({ operations, terminal, now: Date.now() }));
    });
  const messages = program.command("messages").description("look at messages, try them again, or decide against them");
  messages
    .command("list")
    .description("list messages, newest first")
    .addOption(configOption())
    .addOption(new Option("--state <state>", "only those in this state").choices(messageStates))
    .option("--kind <kind>", "only those of this kind")
    .option("--limit <count>", "at most so many", parseCount, 50)
    .addOption(jsonOption())
    .action((options: OnStore & { state?: MessageState; kind?: string; limit: number }) =>
      onStore(options, (command) => {
        const { state, kind, limit, json } = options;
        return listMessages(command, {
          limit,
          ...(state === undefined ? {} : { state }),
          ...(kind === undefined ? {} : { kind }),
          ...(json === undefined ? {} : { json }),
        });
      }),
    );
  messages
    .command("show")
    .description("tell the whole story of a message")
    .argument("<id>", "id or key")
    .addOption(configOption())
    .addOption(jsonOption())
    .action((id: string, options: OnStore) => onStore(options, (command) => showMessage(command, id, options)));
  messages
    .command("retry")
    .description("try a message again now, one that was given up included")
    .argument("<id>", "id or key")
    .addOption(configOption())
    .action((id: string, options: OnStore) => onStore(options, (command) => retryMessage(command, id, operator())));
  messages
    .command("skip")
    .description("decide against a message, for good")
    .argument("<id>", "id or key")
    .addOption(configOption())
    .requiredOption("--why <text>", "kept with the message, with your name", parseWhy)
    .action((id: string, options: OnStore & { why: string }) =>
      onStore(options, (command) => skipMessage(command, id, operator(), options.why)),
    );
  program
    .command("chain")
    .description("decide about a chain")
    .command("resume")
    .description("go on with a chain that was halted by a reorganisation below finality")
    .argument("<name>", "name of the chain")
    .addOption(configOption())
    .addOption(
      new Option("--accept-new-history", "the history that its RPCs have now is the right one").makeOptionMandatory(),
    )
    .addOption(yesOption())
    .action((name: string, options: OnStore & { yes?: boolean }) =>
      onStore(options, (command) => resumeChain(command, name, operator(), options.yes)),
    );
  program
    .command("clear")
    .description("delete messages that are done or void since some days")
    .addOption(configOption())
    .requiredOption("--finished-before <days>", "older than this", parseDays)
    .addOption(yesOption())
    .action((options: OnStore & { finishedBefore: number; yes?: boolean }) =>
      onStore(options, (command) => clear({ ...command, ...yesOf(options), days: options.finishedBefore })),
    );
  program
    .command("rebuild")
    .description("drop the store; the next start reads everything from the chains again")
    .addOption(configOption())
    .addOption(yesOption())
    .action((options: ConfigOptions & { yes?: boolean }) =>
      guarded(async () => {
        const { config, keys } = await load(options, terminal);
        const { dataDir, name, store } = config;
        if (store === undefined) return rebuild({ dataDir, terminal, ...yesOf(options) });
        return rebuildServer({ address: await addressOf({ name, store }, keys), terminal, ...yesOf(options) });
      }),
    );
}

function addKeys(program: Command, terminal: Terminal): void {
  const directoryOption = () => new Option("--dir <directory>", "where keystores are").default("keys");
  type KeyOptions = { dir: string; passphraseFile?: string; config?: string };
  const kmsOption = () =>
    new Option(
      "--config <file>",
      'configuration whose "kms" says how kms: keys are reached (default: AWS_… variables)',
    );
  const ringOf = async ({ config }: KeyOptions, passphrase: (path: string) => Promise<string>) =>
    createKeyRing({
      env: process.env,
      baseDir: process.cwd(),
      passphrase,
      kms: config === undefined ? defaultKms : (await loadConfig(config)).kms,
    });
  const keys = program.command("keys").description("make and look at keys; their secrets are never shown");
  keys
    .command("list")
    .description("list the keys that a configuration refers to, and whether they resolve")
    .addOption(configOption())
    .addOption(passphraseOption())
    .action((options: ConfigOptions) =>
      guarded(async () => {
        const loaded = await load(options, terminal);
        return listKeys({ uses: usesOf(loaded.config), keys: loaded.keys, terminal });
      }),
    );
  keys
    .command("add")
    .description("make a key and encrypt it into a keystore file")
    .argument("<name>", "name of the file, without .json")
    .addOption(directoryOption())
    .addOption(passphraseOption())
    .option("--from <reference>", "take the key of an env: or file: reference; try one of kms:, and write nothing")
    .addOption(kmsOption())
    .action((name: string, options: KeyOptions & { from?: string }) =>
      guarded(async () => {
        const passphrase = passphraseOf(options.passphraseFile, terminal);
        const ring = await ringOf(options, passphrase);
        const from = options.from === undefined ? {} : { from: options.from };
        return addKey({ name, directory: options.dir, ...from, keys: ring, passphrase, terminal });
      }),
    );
  keys
    .command("export-public")
    .description("print address and public key of a keystore, or of a key in AWS KMS")
    .argument("<name>", "name of the file, without .json, or a kms: reference")
    .addOption(directoryOption())
    .addOption(passphraseOption())
    .addOption(kmsOption())
    .action((name: string, options: KeyOptions) =>
      guarded(async () => {
        const passphrase = passphraseOf(options.passphraseFile, terminal);
        const ring = await ringOf(options, passphrase);
        return exportPublic({ name, directory: options.dir, keys: ring, passphrase, terminal });
      }),
    );
}

function usesOf({ roles, deploymentData }: LoadedConfig): KeyUse[] {
  return keyUses(roles, { vault: deploymentData.vaultChain.name, margin: deploymentData.marginChain.name });
}

const operationsOf =
  (loaded: Loaded) =>
  <Result>(use: Parameters<typeof withOperations<Result>>[1]) =>
    withOperations(loaded, use);

const yesOf = ({ yes }: { yes?: boolean }) => (yes === undefined ? {} : { yes });

/** Who is recorded: the user of the system. */
const operator = (): string => userInfo().username;

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("expected a number from 1 to 999999.");
  return Number(text);
}

function parseDays(text: string): number {
  if (!/^\d{1,6}(\.\d+)?$/.test(text)) throw new InvalidArgumentError("expected a number of days, 0 or more.");
  return Number(text);
}

function parseWhy(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("expected a reason.");
  return text.trim();
}

/** Runs a command; errors become one readable message and an exit code, and no stack unless it is a bug. */
async function guarded(run: () => Promise<number>): Promise<void> {
  let code: number;
  try {
    code = await run();
  } catch (error) {
    const known = error instanceof RelayerError;
    process.stderr.write(`${toErrorRecord(error).message}\n`);
    if (!known && process.env.DEBUG !== undefined) process.stderr.write(`${(error as Error).stack}\n`);
    code = known ? error.exitCode : exitCodes.unexpected;
  }
  endProcess(code);
}
