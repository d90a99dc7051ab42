import {
  answerComplaints,
  confirmCouncil,
  createOperatorKeys,
  dealShares,
  finishKeyGeneration,
  judgeDeals,
  startKeyGeneration,
  type CouncilMessage,
  type CouncilRound,
  type CouncilShare,
  type CouncilFault,
  type CouncilSession,
  type Council,
  type KeyGenerationState,
  type KeyGenerationStep,
  type OperatorKeys,
} from "@hypothec/sdk";
import { numberToHex, type Hex } from "viem";
import { exitCodes, RelayerError } from "../runtime/errors.ts";
import { readIfThere, readMessages, readText, replaceSecret, writeMessage, writeOnce } from "./files.ts";

/** Between two steps: secret. With the message, so that a step which was cut short after this was written can send it. */
type StateFile = { state: KeyGenerationState; message: CouncilMessage | null };

export type StepFiles = {
  /** Of this operator's state: secret, written before its message. */
  state: string;
  /** Folder of everybody's messages, as `ROUND-INDEX.json`; this operator's are put there too. */
  messages: string;
};
/** This operator's message; undefined when it has none to send in this round. */
export type Sent = { message: string | undefined };

type StepOf = {
  from: KeyGenerationStep;
  to: KeyGenerationStep;
  /** The round whose messages it takes. */
  takes: CouncilRound;
  run: (
    state: KeyGenerationState,
    keys: OperatorKeys,
    messages: readonly unknown[],
  ) => { state: KeyGenerationState; message: CouncilMessage | undefined };
};

/** The steps between the first and the last. The SDK checks that a state is the one that a step takes. */
export const steps = {
  deal: { from: "committed", to: "dealt", takes: "commit", run: dealShares as StepOf["run"] },
  judge: { from: "dealt", to: "judged", takes: "deal", run: judgeDeals as StepOf["run"] },
  answer: { from: "judged", to: "answered", takes: "judge", run: answerComplaints as StepOf["run"] },
  confirm: { from: "answered", to: "confirmed", takes: "answer", run: confirmCouncil as StepOf["run"] },
} satisfies Record<string, StepOf>;

/** An operator's keys from a file with its seed: 0x and 64 hex digits. */
export async function readOperatorKeys(path: string): Promise<OperatorKeys> {
  return createOperatorKeys((await readText(path)).trim() as Hex);
}

/**
 * The first step. A state that is there is never replaced: a second draw would contradict the commitment that was sent.
 *
 * @throws RelayerError `state_exists`.
 */
export async function start(
  files: StepFiles,
  options: { session: CouncilSession; keys: OperatorKeys; share?: CouncilShare },
): Promise<Sent> {
  const earlier = (await readIfThere(files.state)) as StateFile | undefined;
  if (earlier !== undefined) {
    if (earlier.state.session.hash === options.session.hash && earlier.state.step === "committed")
      return send(files, earlier);
    throw new RelayerError(
      "state_exists",
      `${files.state} is the state of a run (step "${earlier.state.step}"). Begin another one with another file.`,
      { severity: "permanent", exitCode: exitCodes.usage },
    );
  }
  return keepAndSend(files, startKeyGeneration(options));
}

/** A step in the middle. When the state says that it was done, its message is put out again. */
export async function advance(files: StepFiles, keys: OperatorKeys, name: keyof typeof steps): Promise<Sent> {
  const { to, takes, run } = steps[name];
  const current = await readState(files.state);
  if (current.state.step === to) return send(files, current);
  return keepAndSend(files, run(current.state, keys, await everyones(files, takes, current)));
}

/** Writes the council (public) and this operator's share (secret, the scalar as 0x and 64 hex digits). */
export async function finish(
  files: StepFiles,
  out: { council: string; share: string },
): Promise<{ council: Council; faults: readonly CouncilFault[] }> {
  const current = await readState(files.state);
  const { council, share, faults } = finishKeyGeneration(
    current.state as KeyGenerationState<"confirmed">,
    await everyones(files, "confirm", current),
  );
  await writeOnce(out.share, numberToHex(share.secret, { size: 32 }), { secret: true });
  await writeOnce(out.council, council.text, { secret: false });
  return { council, faults };
}

/** The round's messages, our own among them even if it is not in the folder. */
async function everyones(files: StepFiles, round: CouncilRound, { message }: StateFile): Promise<unknown[]> {
  const received = await readMessages(files.messages, round);
  return message?.round === round ? [...received, message] : received;
}

async function readState(path: string): Promise<StateFile> {
  const found = (await readIfThere(path)) as StateFile | undefined;
  if (found?.state.session !== undefined) return found;
  throw new RelayerError("state_missing", `${path} holds no state of a run: it begins with "council start".`, {
    severity: "permanent",
    exitCode: exitCodes.usage,
  });
}

async function keepAndSend(
  files: StepFiles,
  done: { state: KeyGenerationState; message: CouncilMessage | undefined },
): Promise<Sent> {
  const next: StateFile = { state: done.state, message: done.message ?? null };
  await replaceSecret(files.state, next);
  return send(files, next);
}

async function send(files: StepFiles, { message }: StateFile): Promise<Sent> {
  if (message === null) return { message: undefined };
  return { message: await writeMessage(files.messages, `${message.round}-${message.from}.json`, message) };
}
