import { initCrypto } from "@hypothec/sdk";
import type { LocalAccount } from "viem";
import type { ApiKey } from "../api/apiKeys.ts";
import type { ChainStatus } from "../api/operator.ts";
import { createOperator } from "../api/createOperator.ts";
import { startHttpServer, type HttpServer } from "../api/server.ts";
import { createTreeKeeper } from "../batcher/tree.ts";
import { createAgreement } from "../chain/agreement.ts";
import { createChainHealth } from "../chain/health.ts";
import { knownErrors, marginChainContracts, vaultChainContracts } from "../chain/contracts.ts";
import { createBlockSource } from "../chain/source.ts";
import { createChainSync } from "../chain/sync.ts";
import { createLoneCluster, fenced, type Cluster } from "../cluster/cluster.ts";
import { createRoleLeases } from "../cluster/roleLeases.ts";
import { createSharedSync, type SharedSync } from "../cluster/sharedSync.ts";
import type { LoadedConfig } from "../config/load.ts";
import { gasAccounts, type RoleKeys } from "../config/roleKeys.ts";
import type { ChainConfig } from "../config/schema.ts";
import { createAccountsReader } from "../keeper/nearFloors.ts";
import { createDelivery } from "../delivery/delivery.ts";
import { createBalanceWatch } from "../metrics/balances.ts";
import { ignoreEvents } from "../metrics/events.ts";
import { createPrometheus } from "../metrics/prometheus.ts";
import { createProver } from "../prover/backend.ts";
import { createProofStore, laneOf } from "../prover/proofs.ts";
import { createJobQueue } from "../prover/queue.ts";
import { createProofDesk } from "../prover/requests.ts";
import { createWitnessVault } from "../prover/witnessVault.ts";
import { createProofWorker } from "../prover/worker.ts";
import type { Database } from "../store/database.ts";
import { bindDeployment } from "../store/deployment.ts";
import { recentBlocks } from "../store/events.ts";
import { migrate } from "../store/migrate.ts";
import { jobSchemaOf } from "../store/open.ts";
import { createUpkeep } from "../store/upkeep.ts";
import type { Clock } from "./clock.ts";
import type { ChainHandle, RoleContext } from "./context.ts";
import { followChain } from "./follow.ts";
import type { Logger } from "./logger.ts";
import { createFinalPlanner } from "./planFinal.ts";
import { checkChainIds, checkDeployment, gasBalances, requireNoProblems } from "./preflight.ts";
import { createOriginCheck } from "./origin.ts";
import { createRpcPool, type RpcStatus } from "./rpcPool.ts";
import { createRoles } from "./roles.ts";
import { createRunner } from "./runner.ts";
import { createViews } from "./views.ts";

export type Relayer = {
  /** Runs until the signal aborts or something fatal happens, then leaves everything in order. */
  run: () => Promise<void>;
  /** How its RPCs do. */
  rpcs: () => RpcStatus[];
};

/** Builds a relayer from its parts. Everything it needs is given; nothing is read from globals. */
export async function createRelayer(options: {
  config: LoadedConfig;
  keys: RoleKeys;
  /** Keys that open the operator's interface, if `config.http` asks for one. */
  apiKeys?: ApiKey[];
  database: Database;
  /** The processes that share the store. @default this one alone */
  cluster?: Cluster;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
}): Promise<Relayer> {
  const { config, keys: roleKeys, database, clock, logger, signal, cluster = createLoneCluster() } = options;
  const { deploymentData: deployment } = config;
  const { vaultChain, marginChain } = deployment;
  const chainConfig = (name: string) => config.chains.find((chain) => chain.name === name) as ChainConfig;

  const prometheus = config.http === undefined ? undefined : createPrometheus();
  const observe = prometheus?.observe ?? ignoreEvents;
  const pools = {
    vault: createRpcPool({ chain: chainConfig(vaultChain.name), clock, logger, observe }),
    margin: createRpcPool({ chain: chainConfig(marginChain.name), clock, logger, observe }),
  };
  const clients = { vault: pools.vault.read, margin: pools.margin.read };
  const sides = {
    vault: { ...vaultChain, client: clients.vault, witnesses: pools.vault.witnesses },
    margin: { ...marginChain, client: clients.margin, witnesses: pools.margin.witnesses },
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
  await bindDeployment(database, deployment);
  const crypto = await initCrypto();
  const views = createViews({ vaultChain: vaultChain.name, marginChain: marginChain.name, database });
  const syncs = new Map<string, SharedSync>();
  const heads = new Map<string, { number: number; timestamp: number }>();
  const health = { vault: createChainHealth(clock), margin: createChainHealth(clock) };
  const handle = (side: "vault" | "margin"): ChainHandle => {
    const name = sides[side].name;
    return {
      name,
      config: chainConfig(name),
      client: clients[side],
      witnesses: pools[side].witnesses,
      head: () => heads.get(name) ?? { number: -1, timestamp: 0 },
      finalised: () => syncs.get(name)?.cursor().finalised ?? -1,
      halted: () => syncs.get(name)?.cursor().halted ?? null,
      history: () => syncs.get(name)?.cursor().history ?? 0,
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

  const jobs = await createJobQueue({ database, clock, logger, cluster, ...jobSchemaOf(config.store) });
  const proofs = createProofStore({ database, jobs, clock });
  const { requests } = config.roles.prover ?? {};
  const proofDesk =
    requests === undefined || roleKeys.witnessKey === undefined
      ? undefined
      : createProofDesk({
          config: requests,
          vault: createWitnessVault(roleKeys.witnessKey),
          proofs,
          database,
          clock,
          logger,
        });
  await proofDesk?.sweep();
  await jobs.rebuild(
    (await proofs.unfinished()).map((proof) => ({ key: proof.key, lane: laneOf(proof), priority: proof.priority })),
  );

  let announce: (announcement: string) => void = () => {};
  const paying = gasAccounts(roleKeys, { vault: vaultChain.name, margin: marginChain.name });
  const accounts = new Map<string, LocalAccount>(paying.map(({ account }) => [account.address, account]));
  const leases = createRoleLeases(
    cluster,
    [...roles.kinds.map(({ kind }) => roles.roleOf(kind)), ...roles.plans.map(({ role }) => role)],
    paying.map(({ role, account }) => ({ role, address: account.address })),
  );
  const delivery = createDelivery({
    database,
    clock,
    logger,
    accounts: [...accounts.values()],
    lease: leases.ofAccount,
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
    lease: (kind) => leases.ofRole(roles.roleOf(kind)),
    logger,
    observe,
    services: {
      delivery,
      proofs,
      clock,
      errors: knownErrors(),
      race: config.race,
      finalised: (name) => syncs.get(name)?.cursor().finalised ?? -1,
      halted: (name) => syncs.get(name)?.cursor().halted ?? null,
      unagreed: (name) => syncs.get(name)?.unagreed()?.reason ?? null,
      origin: createOriginCheck(database, (name) => syncs.get(name)?.cursor()),
    },
  });
  announce = runner.announce;
  cluster.listen((news) => {
    if (news.startsWith("proof:") || news === "lease") runner.announce(news);
  });
  const finalPlanner = createFinalPlanner({ database, plans: roles.plans, lease: leases.ofRole, clock });

  for (const [chain, pool, watched, contracts, startBlock] of [
    [context.vault, pools.vault, health.vault, vaultChainContracts(deployment), vaultChain.startBlock],
    [context.margin, pools.margin, health.margin, marginChainContracts(deployment), marginChain.startBlock],
  ] as const) {
    const { maxLogRange } = chain.config;
    const lease = cluster.lease(`reading ${chain.name}`, [`chain:${chain.name}`]);
    const sync = await createSharedSync({
      chain: chain.name,
      startBlock,
      lease,
      cluster,
      database,
      clock,
      lead: () =>
        createChainSync({
          chain: chain.name,
          startBlock,
          contracts,
          database: fenced(database, lease),
          clock,
          logger,
          confirmations: chain.config.confirmations,
          maxLogRange,
          source: watched.watch(createBlockSource(chain.client, maxLogRange)),
          agreement: createAgreement({
            chain: chain.name,
            contracts,
            clock,
            quorum: pool.quorum,
            outvoted: pool.outvoted,
            witnesses: pool.witnesses.map((client, index) => ({
              endpoint: index + 1,
              source: createBlockSource(client, maxLogRange),
            })),
          }),
          observe,
        }),
    });
    syncs.set(chain.name, sync);
    const [last] = await recentBlocks(database, chain.name, 1);
    heads.set(chain.name, { number: sync.cursor().head.number, timestamp: last?.timestamp ?? 0 });
    await views.rebuild(chain.name, sync.cursor().head.number);
  }
  await cluster.open();

  return {
    rpcs: () => Object.values(pools).flatMap((pool) => pool.status()),
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
        halted: context[side].halted?.() ?? null,
        unagreed: syncs.get(sides[side].name)?.unagreed() ?? null,
        rpcs: pools[side].status(),
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
          submissions: roles.submissions,
          proofDesk,
          announce: runner.announce,
          accounts: createAccountsReader(context),
        });
        return startHttpServer({ config: config.http, apiKeys: options.apiKeys ?? [], operator, logger, observe });
      };
      const follow = (side: "vault" | "margin") => {
        const chain = context[side];
        const { startBlock } = side === "vault" ? vaultChain : marginChain;
        return followChain({
          sync: syncs.get(chain.name) as SharedSync,
          planners: roles.planners
            .filter((planner) => planner.chain === chain.name)
            .map((planner) => ({
              chain: planner.chain,
              plan: async () => (leases.ofRole(planner.role).held() ? planner.plan() : []),
            })),
          planFinal: () => finalPlanner.plan(chain.name, startBlock, (syncs.get(chain.name) as SharedSync).cursor()),
          pollIntervalMs: chain.config.pollIntervalMs,
          pool: pools[side],
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
        if (database.kind === "embedded") parts.push(createUpkeep({ database, clock, logger }).run(ended));
        if (proofDesk !== undefined) parts.push(proofDesk.run(ended));
        if (prover !== undefined && config.roles.prover !== undefined) {
          const worker = createProofWorker({
            jobs,
            proofs,
            builders: { ...roles.builders, ...(proofDesk && { client: proofDesk.witness }) },
            prover,
            clock,
            logger,
            announce: (announcement) => {
              runner.announce(announcement);
              cluster.publish(announcement);
            },
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
        await cluster.close(); // nothing is under way any more: others take over at once
        await prover?.close();
        for (const pool of Object.values(pools)) pool.close();
        logger.info("stopped");
      }
    },
  };
}
