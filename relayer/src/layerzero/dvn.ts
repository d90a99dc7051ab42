import { encodeFunctionData, encodePacked, keccak256, type Address, type Hex, type LocalAccount } from "viem";
import { quorumOf } from "../chain/tally.ts";
import type { SigningKeys } from "../config/roleKeys.ts";
import type { Config } from "../config/schema.ts";
import type { ChainHandle, RoleContext } from "../runtime/context.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Action, MessageKind } from "../runtime/kinds.ts";
import type { StoredEvent } from "../store/events.ts";
import type { NewMessage } from "../store/messages.ts";
import { dvnAbi, receiveUlnAbi } from "./abis.ts";
import { isVerifiedBy, packetState, requiredConfirmations } from "./channel.ts";
import { pathwaysOf, type Pathway } from "./pathways.ts";
import { packetsIn, type PacketPayload } from "./plan.ts";
import { requireQuorum, voteOf } from "./quorum.ts";
import { createVeto } from "./veto.ts";
import { workerFeesOf } from "./workerFees.ts";

/** What a DVN's signers sign: keccak256(vid ‖ target ‖ expiration ‖ calldata), then EIP-191. */
export function instructionHash(vid: number, target: Address, expiration: bigint, callData: Hex): Hex {
  return keccak256(encodePacked(["uint32", "address", "uint256", "bytes"], [vid, target, expiration, callData]));
}

/** Verifies final packets of our pathways with this operator's DVN, on the packet's destination. */
export function createDvn(
  context: RoleContext,
  config: NonNullable<Config["roles"]["dvn"]>,
  keys: { signer: LocalAccount; admin: SigningKeys; vetoKey?: string },
): { kinds: MessageKind[]; plan(events: StoredEvent[]): NewMessage[]; check(): Promise<string[]> } {
  const pathways = pathwaysOf(context.deployment);
  const pathway = (payload: PacketPayload) => pathways.find(({ name }) => name === payload.pathway) as Pathway;
  const handle = (name: string): ChainHandle => (name === context.vault.name ? context.vault : context.margin);
  const dvnOn = (chain: string) => config.addresses[chain] as Address;

  const veto = config.veto === undefined ? undefined : createVeto(config.veto, keys.vetoKey);
  const logger = context.logger.child({ part: "dvn" });

  /** Why the operator's hook keeps the packet from being signed, or undefined. */
  async function vetoOf(payload: PacketPayload): Promise<Action | undefined> {
    if (veto === undefined) return undefined;
    const { packet, pathway: name } = payload;
    const about = { guid: packet.guid, pathway: name, nonce: packet.nonce.toString() };
    const again = { type: "wait" as const, delayMs: config.veto?.againMs ?? 30_000 };
    try {
      const answer = await veto(payload);
      if (!answer.veto) return undefined;
      logger.warn({ ...about, reason: answer.reason }, "packet vetoed: it is not signed");
      return { ...again, reason: `the operator's veto to be lifted: ${answer.reason}` };
    } catch (error) {
      if (!(error instanceof RelayerError)) throw error;
      // No failure of the packet's: it does not wait ever longer for a hook that is back.
      logger.error({ ...about, error }, "the veto hook does not answer: nothing is signed");
      return { ...again, reason: error.message };
    }
  }

  const verify: MessageKind<PacketPayload> = {
    kind: "dvn",
    raced: false,
    chain: (payload) => pathway(payload).to.chain,
    async done(payload, at) {
      const path = pathway(payload);
      const chain = handle(path.to.chain);
      // Committing reclaims the DVNs' records, so a packet that is committed or delivered counts as verified.
      return (
        (await isVerifiedBy(chain, path, payload.packet, dvnOn(chain.name), at)) ||
        (await packetState(chain, path, payload.packet, at)) !== "open"
      );
    },
    async prepare({ payload }) {
      const path = pathway(payload);
      const [source, target] = [handle(path.from.chain), handle(path.to.chain)];
      const votes = await Promise.all(
        source.witnesses.map((client) =>
          voteOf(client, path.from.lz.endpoint, payload.source, source.config.confirmations),
        ),
      );
      const sourceHead = requireQuorum(
        votes,
        quorumOf(source.config),
        `packet ${payload.packet.guid} in ${payload.source.txHash}`,
      );
      const dvn = dvnOn(target.name);
      const [vid, required] = await Promise.all([
        target.client.readContract({ address: dvn, abi: dvnAbi, functionName: "vid" }),
        requiredConfirmations(target, path),
      ]);
      // Never more than what is there, as a quorum sees it.
      const confirmations = sourceHead - BigInt(payload.source.blockNumber) + 1n;
      if (confirmations < required)
        return {
          type: "wait",
          reason: `${required} confirmations, it has ${confirmations}`,
          wakeOn: `block:${source.name}`,
        };
      const vetoed = await vetoOf(payload);
      if (vetoed !== undefined) return vetoed;
      const library = path.to.lz.receiveUln;
      const callData = encodeFunctionData({
        abi: receiveUlnAbi,
        functionName: "verify",
        args: [payload.packet.header, payload.packet.payloadHash, confirmations],
      });
      const expiration = BigInt(target.head().timestamp + config.signatureTtlSeconds);
      const signatures = await keys.signer.signMessage({
        message: { raw: instructionHash(vid, library, expiration, callData) },
      });
      return {
        type: "send",
        request: {
          effects: [`verify:${dvn}:${payload.packet.guid}`],
          chain: target.name,
          account: keys.admin[0],
          to: dvn,
          data: encodeFunctionData({
            abi: dvnAbi,
            functionName: "execute",
            args: [[{ vid, target: library, callData, expiration, signatures }]],
          }),
          description: `verify packet ${payload.packet.nonce} of ${path.name}`,
          earns: (await workerFeesOf(source.client, path, payload.source)).dvn(dvnOn(source.name)),
        },
      };
    },
  };

  return {
    kinds: [verify],
    plan: (events) =>
      packetsIn(events, pathways).map((payload) => ({ kind: "dvn", key: `dvn:${payload.packet.guid}`, payload })),
    /** Problems of the DVN contracts that would make every signature useless: they skip bad instructions without reverting. */
    async check() {
      const problems: string[] = [];
      for (const side of [context.vaultChain, context.marginChain]) {
        const { client } = handle(side.name);
        const dvn = { address: dvnOn(side.name), abi: dvnAbi } as const;
        const hasAdminRole = (address: Address) =>
          client.readContract({ ...dvn, functionName: "hasRole", args: [adminRole, address] });
        const [isSigner, quorum, areAdmins] = await Promise.all([
          client.readContract({ ...dvn, functionName: "isSigner", args: [keys.signer.address] }),
          client.readContract({ ...dvn, functionName: "quorum" }),
          Promise.all(keys.admin.map(({ address }) => hasAdminRole(address))),
        ]);
        if (!isSigner) problems.push(`${keys.signer.address} is no signer of the DVN ${dvn.address} on ${side.name}`);
        if (quorum !== 1n)
          problems.push(`the DVN ${dvn.address} on ${side.name} wants ${quorum} signatures, this relayer gives one`);
        for (const [index, { address }] of keys.admin.entries())
          if (!areAdmins[index]) problems.push(`${address} is no admin of the DVN ${dvn.address} on ${side.name}`);
      }
      return problems;
    },
  };
}

/** keccak256("ADMIN_ROLE"), as in LayerZero's Worker. */
export const adminRole = keccak256(new TextEncoder().encode("ADMIN_ROLE"));
