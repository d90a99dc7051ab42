import { encodeFunctionData } from "viem";
import type { SigningKeys } from "../config/roleKeys.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { ChainHandle, RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { StoredEvent } from "../store/events.ts";
import type { NewMessage } from "../store/messages.ts";
import { endpointAbi, executorAbi, receiveUlnAbi } from "./abis.ts";
import { isVerifiable, packetState } from "./channel.ts";
import { adminRole } from "./dvn.ts";
import { pathwaysOf, type Pathway } from "./pathways.ts";
import { packetsIn, type PacketPayload } from "./plan.ts";
import { workerFeesOf } from "./workerFees.ts";

/** Gas of `execute302` and `lzReceive` around the receiver's own, with room for the 1/64 that calls keep back. */
const overheadGas = 150_000n;

/** Commits verified packets and delivers them; anyone may do both. */
export function createExecutor(
  context: RoleContext,
  keys: SigningKeys,
): { kinds: MessageKind[]; plan(events: StoredEvent[]): NewMessage[]; check(): Promise<string[]> } {
  const [account] = keys;
  const pathways = pathwaysOf(context.deployment);
  const pathway = (payload: PacketPayload) => pathways.find(({ name }) => name === payload.pathway) as Pathway;
  const handle = (name: string): ChainHandle => (name === context.vault.name ? context.vault : context.margin);
  const admins = new Map<string, Promise<boolean>>();

  /** Whether our key may use the pathway's Executor contract; otherwise the endpoint's open door is used. */
  const isAdmin = (chain: ChainHandle, path: Pathway): Promise<boolean> => {
    const known = admins.get(chain.name);
    if (known !== undefined) return known;
    const asked = chain.client.readContract({
      address: path.to.lz.executor,
      abi: executorAbi,
      functionName: "hasRole",
      args: [adminRole, account.address],
    });
    asked.catch(() => admins.delete(chain.name));
    admins.set(chain.name, asked);
    return asked;
  };

  /** One fee pays for two transactions. */
  const halfOfFee = async (path: Pathway, { source }: PacketPayload): Promise<bigint> =>
    (await workerFeesOf(handle(path.from.chain).client, path, source)).executor / 2n;

  const commit: MessageKind<PacketPayload> = {
    kind: "commit",
    raced: true,
    chain: (payload) => pathway(payload).to.chain,
    async done(payload, at) {
      const path = pathway(payload);
      return (await packetState(handle(path.to.chain), path, payload.packet, at)) !== "open";
    },
    async prepare({ payload }) {
      const path = pathway(payload);
      const chain = handle(path.to.chain);
      const { packet } = payload;
      if (!(await isVerifiable(chain, path, packet)))
        return { type: "wait", reason: "the DVNs", wakeOn: `block:${chain.name}` };
      return {
        type: "send",
        request: {
          effects: [`commit:${packet.guid}`],
          chain: chain.name,
          account,
          to: path.to.lz.receiveUln,
          data: encodeFunctionData({
            abi: receiveUlnAbi,
            functionName: "commitVerification",
            args: [packet.header, packet.payloadHash],
          }),
          description: `commit packet ${packet.nonce} of ${path.name}`,
          earns: await halfOfFee(path, payload),
        },
      };
    },
  };

  const deliver: MessageKind<PacketPayload> = {
    kind: "deliver",
    raced: true,
    chain: (payload) => pathway(payload).to.chain,
    async done(payload, at) {
      const path = pathway(payload);
      return (await packetState(handle(path.to.chain), path, payload.packet, at)) === "delivered";
    },
    async prepare({ payload }) {
      const path = pathway(payload);
      const chain = handle(path.to.chain);
      const { packet } = payload;
      if ((await packetState(chain, path, packet, { blockTag: "latest" })) !== "executable")
        return { type: "wait", reason: "it and all packets before it to be committed", wakeOn: `block:${chain.name}` };
      await requireReceivable(chain, path, packet);
      const origin = { srcEid: packet.srcEid, sender: packet.sender, nonce: packet.nonce };
      const { receiver, guid, message } = packet;
      const viaExecutor = await isAdmin(chain, path);
      return {
        type: "send",
        request: {
          effects: [`deliver:${guid}`],
          chain: chain.name,
          account,
          to: viaExecutor ? path.to.lz.executor : path.to.lz.endpoint,
          data: viaExecutor
            ? encodeFunctionData({
                abi: executorAbi,
                functionName: "execute302",
                args: [{ receiver, origin, guid, message, extraData: "0x", gasLimit: packet.gas }],
              })
            : encodeFunctionData({
                abi: endpointAbi,
                functionName: "lzReceive",
                args: [origin, receiver, guid, message, "0x"],
              }),
          // An estimate would find the gas at which the executor's try/catch still survives, not what the receiver needs.
          gas: (packet.gas * 64n) / 63n + overheadGas + BigInt(message.length) * 20n,
          description: `deliver packet ${packet.nonce} of ${path.name}`,
          earns: await halfOfFee(path, payload),
        },
      };
    },
  };

  /** Through the executor a failing receiver only raises an alert; asking the endpoint first tells why, and costs nothing. */
  async function requireReceivable(chain: ChainHandle, path: Pathway, packet: PacketPayload["packet"]): Promise<void> {
    if (packet.gas === 0n)
      throw new RelayerError(
        "no_gas_option",
        `Packet ${packet.guid} pays for no gas on ${chain.name}: the sender's enforced options are missing.`,
        { severity: "permanent" },
      );
    await chain.client.simulateContract({
      address: path.to.lz.endpoint,
      abi: endpointAbi,
      functionName: "lzReceive",
      args: [
        { srcEid: packet.srcEid, sender: packet.sender, nonce: packet.nonce },
        packet.receiver,
        packet.guid,
        packet.message,
        "0x",
      ],
      account: account.address,
      gas: packet.gas + overheadGas,
    });
  }

  return {
    kinds: [commit, deliver],
    plan: (events) =>
      packetsIn(events, pathways).flatMap((payload) => [
        { kind: "commit", key: `commit:${payload.packet.guid}`, payload },
        { kind: "deliver", key: `deliver:${payload.packet.guid}`, payload },
      ]),
    /** Each key calls what the first may call, so all of them must be allowed it. */
    async check() {
      const problems: string[] = [];
      for (const side of keys.length === 1 ? [] : [context.vaultChain, context.marginChain]) {
        const executor = { address: side.lz.executor, abi: executorAbi, functionName: "hasRole" } as const;
        const { client } = handle(side.name);
        const roles = await Promise.all(
          keys.map(({ address }) => client.readContract({ ...executor, args: [adminRole, address] })),
        );
        const other = keys.find((_, index) => roles[index] !== roles[0]);
        if (other !== undefined)
          problems.push(
            `of roles.executor.key, ${roles[0] ? account.address : other.address} is an admin of the Executor ${side.lz.executor} on ${side.name}, and ${roles[0] ? other.address : account.address} is not: grant it the role, or leave it out`,
          );
      }
      return problems;
    },
  };
}
