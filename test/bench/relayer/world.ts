import { mkdirSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";

import { parseUnits, toHex, type Address } from "viem";

import type { ConfigInput } from "../../../relayer/src/config/schema.ts";
import { createSnarkjsProver } from "../../../sdk/src/node/index.ts";
import type { Prover } from "../../../sdk/src/proofs/types.ts";
import { deployLocalHypothec, type LocalHypothec, type LocalHypothecOptions } from "../../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../../support/localnet/localnet.ts";
import { createPeople, type People } from "../../support/people.ts";
import { operatorRoles, prepareRelayer, type RelayerProcess } from "../../support/relayer.ts";
import { startRpcProxy, type RpcProxy } from "./rpcProxy.ts";

/** Of the deployment and of the relayers. */
export const CONFIRMATIONS = 2;
const KEEPER_FUNDS = "100000";

export type BenchWorld = {
  localnet: Localnet;
  local: LocalHypothec;
  people: People;
  prover: Prover;
  /** Every call of {@link subject} goes through these. */
  proxies: { vault: RpcProxy; margin: RpcProxy };
  /** The relayer that is measured: all roles in one process, the embedded store. */
  subject: RelayerProcess;
  /** The second operator: the other DVN that every pathway requires, and nothing else. */
  second: RelayerProcess;
  /** Transactions on the margin chain that the subject's keys had sent before it started. */
  noncesAtStart: { dvnAdmin: number; executor: number };
  /** Of the subject's store, and more. */
  subjectDirectory: string;
  /** The subject's metrics; it must run. */
  metrics(): Promise<string>;
  close(): Promise<void>;
};

export type BenchOptions = {
  /** Where logs, configurations and stores go, kept. */
  directory: string;
  deployment?: LocalHypothecOptions;
  /** Settings of the subject's roles on top of {@link operatorRoles}. */
  roles?: (key: (role: string) => string) => ConfigInput["roles"];
  logLevel?: ConfigInput["logLevel"];
};

/** Two chains that mine at once, everything deployed, two relayers prepared; none runs yet. */
export async function setUp(options: BenchOptions): Promise<BenchWorld> {
  mkdirSync(options.directory, { recursive: true });
  const localnet = await startLocalnet({ logDir: options.directory });
  const prover = createSnarkjsProver({ maxWaiting: 64 });
  const closing: (() => Promise<unknown>)[] = [() => localnet.stop(), () => prover.close()];
  try {
    const local = await deployLocalHypothec(localnet, {
      confirmations: BigInt(CONFIRMATIONS),
      sealDelaySeconds: 1n,
      cadenceSeconds: 1n,
      ...options.deployment,
    });
    const proxies = {
      vault: await startRpcProxy(localnet.vault.url),
      margin: await startRpcProxy(localnet.margin.url),
    };
    closing.unshift(
      () => proxies.vault.close(),
      () => proxies.margin.close(),
    );
    const subjectDirectory = join(options.directory, "subject");
    const subject = await prepareSubject(localnet, local, proxies, subjectDirectory, options);
    const { dvnAdmin, executor } = localnet.operators[0]!;
    const nonceOf = (address: Address) => localnet.margin.public.getTransactionCount({ address });
    const noncesAtStart = {
      dvnAdmin: await nonceOf(dvnAdmin.address),
      executor: await nonceOf(executor.address),
    };
    const second = await prepareSecond(localnet, local, join(options.directory, "second"));
    closing.unshift(
      () => subject.dispose(),
      () => second.dispose(),
    );
    return {
      localnet,
      local,
      prover,
      proxies,
      subject,
      second,
      subjectDirectory,
      noncesAtStart,
      people: createPeople(localnet, local, prover),
      async metrics() {
        const { port } = await subject.line("its interface is open", ({ msg }) => msg.includes("interface is open"));
        // A restarted one listens elsewhere: the last line counts.
        const last = subject.log.findLast(({ msg }) => msg.includes("interface is open"))?.port ?? port;
        return textOf(`http://127.0.0.1:${String(last)}/metrics`);
      },
      async close() {
        for (const close of closing) await close();
      },
    };
  } catch (error) {
    for (const close of closing) await close();
    throw error;
  }
}

/** On a connection of its own: one that is kept is closed after seconds, now and then just as it is used again. */
function textOf(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
      response.on("error", reject);
    }).on("error", reject);
  });
}

async function prepareSubject(
  localnet: Localnet,
  local: LocalHypothec,
  proxies: BenchWorld["proxies"],
  directory: string,
  options: BenchOptions,
): Promise<RelayerProcess> {
  const [operator] = localnet.operators;
  const { name, dvnSigner, dvnAdmin, executor } = operator!;
  const { vault, margin } = localnet;
  const [delivery, keeper] = [await localnet.account(`${name} delivery`), await localnet.account(`${name} keeper`)];
  await local.giveDebtToken(keeper.address, KEEPER_FUNDS);
  const variable = (role: string) => `${name.toUpperCase()}_${role}`;
  const key = (role: string) => `env:${variable(role)}`;
  const dvns = { [vault.name]: vault.lz.operatorDvns[0]!, [margin.name]: margin.lz.operatorDvns[0]! };
  return prepareRelayer({
    name,
    directory,
    deployment: local.deployment,
    rpc: { [vault.name]: [proxies.vault.url], [margin.name]: [proxies.margin.url] },
    confirmations: CONFIRMATIONS,
    pollIntervalMs: 500,
    logLevel: options.logLevel ?? "info",
    http: { port: 0 },
    roles: {
      ...operatorRoles(name, dvns),
      keeper: {
        key: key("KEEPER"),
        claimSeed: key("CLAIM_SEED"),
        maxSpend: parseUnits(KEEPER_FUNDS, 6).toString(),
      },
      trustee: { key: key("DELIVERY"), secrets: [key("TRUSTEE")] },
      ...options.roles?.(key),
    },
    env: {
      [variable("DELIVERY")]: delivery.privateKey,
      [variable("DVN_SIGNER")]: dvnSigner.privateKey,
      [variable("DVN_ADMIN")]: dvnAdmin.privateKey,
      [variable("EXECUTOR")]: executor.privateKey,
      [variable("KEEPER")]: keeper.privateKey,
      [variable("CLAIM_SEED")]: localnet.key(`${name} claims`).privateKey,
      [variable("TRUSTEE")]: toHex(local.trustee.secret, { size: 32 }),
    },
  });
}

function prepareSecond(localnet: Localnet, local: LocalHypothec, directory: string): Promise<RelayerProcess> {
  const { name, dvnSigner, dvnAdmin } = localnet.operators[1]!;
  const { vault, margin } = localnet;
  const addresses = { [vault.name]: vault.lz.operatorDvns[1]!, [margin.name]: margin.lz.operatorDvns[1]! };
  return Promise.resolve(
    prepareRelayer({
      name,
      directory,
      deployment: local.deployment,
      rpc: { [vault.name]: [vault.url], [margin.name]: [margin.url] },
      confirmations: CONFIRMATIONS,
      pollIntervalMs: 500,
      logLevel: "info",
      roles: { dvn: { signerKey: "env:DVN_SIGNER", adminKey: "env:DVN_ADMIN", addresses } },
      env: { DVN_SIGNER: dvnSigner.privateKey, DVN_ADMIN: dvnAdmin.privateKey },
    }),
  );
}
