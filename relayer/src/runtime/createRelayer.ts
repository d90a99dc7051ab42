import { initCrypto } from "@hypothec/sdk";
import type { LocalAccount } from "viem";
import type { ChainStatus } from "../api/operator.ts";
import { createOperator } from "../api/createOperator.ts";
import { startHttpServer, type HttpServer } from "../api/server.ts";
import { createTreeKeeper } from "../batcher/tree.ts";
import { createChainHealth } from "../chain/health.ts";
import { knownErrors, marginChainContracts, vaultChainContracts } from "../chain/contracts.ts";
import { createBlockSource } from "../chain/source.ts";
import { createChainSync, type ChainSync } from "../chain/sync.ts";
import type { LoadedConfig } from "../config/load.ts";
import { gasAccounts, type RoleKeys } from "../config/roleKeys.ts";
import type { ChainConfig } from "../config/schema.ts";
import { createAccountsReader } from "../keeper/nearFloors.ts";
import { createDelivery } from "../delivery/delivery.ts";
import { createBalanceWatch } from "../metrics/balances.ts";
import { ignoreEvents } from "../metrics/events.ts";
import { createPrometheus } from "../metrics/prometheus.ts";
import { createProver } from "../prover/backend.ts";
import { createProofStore, priorities } from "../prover/proofs.ts";
import { createJobQueue } from "../prover/queue.ts";
import { createProofWorker } from "../prover/worker.ts";
import type { Database } from "../store/database.ts";
import { recentBlocks } from "../store/events.ts";
import { migrate } from "../store/migrate.ts";
import type { Clock } from "./clock.ts";
import type { ChainHandle, RoleContext } from "./context.ts";
import { followChain } from "./follow.ts";
import type { Logger } from "./logger.ts";
import { checkChainIds, checkDeployment, gasBalances, requireNoProblems } from "./preflight.ts";
import { createReadClient, createWitnessClients } from "./rpc.ts";
import { createRoles } from "./roles.ts";
import { createRunner } from "./runner.ts";
import { createViews } from "./views.ts";

export type Relayer = {
  /** Runs until the signal aborts or something fatal happens, then leaves everything in order. */
  run: () => Promise<void>;
};

/** Builds a relayer from its parts. Everything it needs is given; nothing is read from globals. */
export async function createRelayer(options: {
  config: LoadedConfig;
  keys: RoleKeys;
  /** Keys that open the operator's interface, if `config.http` asks for one. */
  apiKeys?: string[];
  database: Database;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
}): Promise<Relayer> {
  const { config, keys: roleKeys, database, clock, logger, signal } = options;
  const { deploymentData: deployment } = config;
  const { vaultChain, marginChain } = deployment;
  const chainConfig = (name: string) => config.chains.find((chain) => chain.name === name) as ChainConfig;

  const prometheus = config.http === undefined ? undefined : createPrometheus();
  const observe = prometheus?.observe ?? ignoreEvents;
  const clients = {
    vault: createReadClient(chainConfig(vaultChain.name), observe),
    margin: createReadClient(chainConfig(marginChain.name), observe),
  };
  const witnesses = {
    vault: createWitnessClients(chainConfig(vaultChain.name), observe),
    margin: createWitnessClients(chainConfig(marginChain.name), observe),
  };
  const sides = {
    vault: { ...vaultChain, client: clients.vault, witnesses: witnesses.vault },
    margin: { ...marginChain, client: clients.margin, witnesses: witnesses.margin },
  };
  await checkChainIds([sides.vault, sides.margin], { clock, logger, signal });
  requireNoProblems(await checkDeployment(deployment, clients));
  for (const entry of await gasBalances(roleKeys, sides))
    if (entry.empty)
      logger.error(
        entry,
        `${entry.address} (${entry.role}) has no money for gas on ${entry.chain}: fund it; its work waits until then`,
      );

  const applied = await migrate(database, clock);
  if (applied.length > 0) logger.info({ migrations: applied }, "store migrated");
  const crypto = await initCrypto();
  const views = createViews({ vaultChain: vaultChain.name, marginChain: marginChain.name, database });
  const syncs = new Map<string, ChainSync>();
  const heads = new Map<string, { number: number; timestamp: number }>();
  const health = { vault: createChainHealth(clock), margin: createChainHealth(clock) };
  const handle = (side: "vault" | "margin"): ChainHandle => {
    const name = sides[side].name;
    return {
      name,
      config: chainConfig(name),
      client: clients[side],
      witnesses: witnesses[side],
      head: () => heads.get(name) ?? { number: -1, timestamp: 0 },
      finalised: () => syncs.get(name)?.cursor().finalised ?? -1,
    };
  };
  const context: RoleContext = {
    deployment,
    vaultChain,
    marginChain,
    crypto,
    database,
    clock,
    logger,
    markets: new Map(marginChain.markets.map((market) => [market.id, market])),
    vault: handle("vault"),
    margin: handle("margin"),
    queue: views.queue,
    accounts: views.accounts,
    tree: createTreeKeeper(crypto),
  };
  const roles = createRoles(context, config, roleKeys);
  requireNoProblems(await roles.check());
  const prover =
    config.roles.prover === undefined
      ? undefined
      : await createProver({ config: config.roles.prover, manifest: config.artifacts, logger });

  const jobs = await createJobQueue({ database, clock, logger });
  const proofs = createProofStore({ database, jobs, clock });
  await jobs.rebuild((await proofs.unfinished()).map(({ key, circuit }) => ({ key, priority: priorities[circuit] })));

  let announce: (announcement: string) => void = () => {};
  const accounts = new Map<string, LocalAccount>(
    gasAccounts(roleKeys, { vault: vaultChain.name, margin: marginChain.name }).map(({ account }) => [
      account.address,
      account,
    ]),
  );
  const delivery = createDelivery({
    database,
    clock,
    logger,
    accounts: [...accounts.values()],
    errors: knownErrors(),
    announce: (announcement) => announce(announcement),
    observe,
    chains: [context.vault, context.margin].map((chain) => ({
      name: chain.name,
      chainId: chain.name === vaultChain.name ? vaultChain.chainId : marginChain.chainId,
      client: chain.client,
      fees: chain.config.fees,
      finalised: chain.finalised,
    })),
  });
  const runner = createRunner({
    database,
    kinds: roles.kinds,
    logger,
    observe,
    services: {
      delivery,
      proofs,
      clock,
      race: config.race,
      finalised: (name) => syncs.get(name)?.cursor().finalised ?? -1,
    },
  });
  announce = runner.announce;

  for (const [chain, watched, contracts, startBlock] of [
    [context.vault, health.vault, vaultChainContracts(deployment), vaultChain.startBlock],
    [context.margin, health.margin, marginChainContracts(deployment), marginChain.startBlock],
  ] as const) {
    const sync = await createChainSync({
      chain: chain.name,
      startBlock,
      contracts,
      database,
      clock,
      logger,
      confirmations: chain.config.confirmations,
      maxLogRange: chain.config.maxLogRange,
      source: watched.watch(createBlockSource(chain.client)),
      plan: roles.plan,
    });
    syncs.set(chain.name, sync);
    const [last] = await recentBlocks(database, chain.name, 1);
    heads.set(chain.name, { number: sync.cursor().head.number, timestamp: last?.timestamp ?? 0 });
    await views.rebuild(chain.name, sync.cursor().head.number);
  }

  return {
    async run() {
      const stop = new AbortController();
      const ended = AbortSignal.any([signal, stop.signal]);
      const balances = createBalanceWatch({ read: () => gasBalances(roleKeys, sides), clock, logger });
      const status = (side: "vault" | "margin"): ChainStatus => ({
        name: sides[side].name,
        side,
        chainId: sides[side].chainId,
        // The cursor moves while a chain is caught up with; the head that roles see only after it.
        head: { ...context[side].head(), number: syncs.get(sides[side].name)?.cursor().head.number ?? -1 },
        finalised: context[side].finalised(),
        nodeHead: health[side].nodeHead(),
        polledAt: health[side].polledAt(),
      });
      const openInterface = async () => {
        if (config.http === undefined || prometheus === undefined) return undefined;
        const operator = createOperator({
          name: config.name,
          ready: config.http.ready,
          database,
          clock,
          prometheus,
          chains: () => [status("vault"), status("margin")],
          balances: balances.current,
          stopping: () => ended.aborted,
          seat: roles.seat,
          accounts: createAccountsReader(context),
        });
        return startHttpServer({ config: config.http, apiKeys: options.apiKeys ?? [], operator, logger, observe });
      };
      const follow = (side: "vault" | "margin") => {
        const chain = context[side];
        return followChain({
          sync: syncs.get(chain.name) as ChainSync,
          planners: roles.planners.filter((planner) => planner.chain === chain.name),
          pollIntervalMs: chain.config.pollIntervalMs,
          views,
          delivery,
          database,
          clock,
          logger,
          announce: runner.announce,
          onHead: (head) => heads.set(chain.name, head),
          onPoll: health[side].polled,
          observe,
          signal: ended,
        });
      };
      const parts: Promise<void>[] = [];
      let server: HttpServer | undefined;
      try {
        server = await openInterface();
        parts.push(follow("vault"), follow("margin"), runner.run(ended));
        if (server !== undefined) parts.push(balances.run(ended));
        if (prover !== undefined && config.roles.prover !== undefined) {
          const worker = createProofWorker({
            jobs,
            proofs,
            builders: roles.builders,
            prover,
            clock,
            logger,
            announce: runner.announce,
            observe,
            concurrency: config.roles.prover.concurrency,
            maxAttempts: config.roles.prover.maxAttempts,
          });
          parts.push(worker.run(ended));
        }
        logger.info({ roles: Object.keys(config.roles), chains: [vaultChain.name, marginChain.name] }, "started");
        await Promise.all(parts);
      } finally {
        stop.abort();
        await Promise.allSettled(parts);
        await server?.close(); // before the store: whoever runs this closes that next
        await jobs.stop();
        await prover?.close();
        logger.info("stopped");
      }
    },
  };
}
