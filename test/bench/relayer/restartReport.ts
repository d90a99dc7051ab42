import type { RestartResult } from "./restart.ts";

export function restartTable(result: RestartResult): string {
  const { seconds, drain, transactions, faults } = result;
  const { verifiedBySubject, committed, delivered } = drain.effects;
  return [
    `${result.messagesInStore} messages of ${result.packets} packets in flight, ${result.pendingTransactions} transactions pending, kill -9, started again:`,
    `  it runs after ${seconds.toStarted.toFixed(1)} s, the first message moved after ${seconds.toFirstMove.toFixed(1)} s, the first new transaction after ${seconds.toFirstTransaction.toFixed(1)} s (goal 10 s); ${result.rssMiB.toFixed(0)} MiB, ${result.storeBytesPerMessage.toFixed(0)} bytes of store a message.`,
    `  Then ${drain.minutes.toFixed(1)} minutes at ${drain.perMinute.toFixed(0)} packets a minute: ${verifiedBySubject.packets} verified, ${committed.packets} committed, ${delivered.packets} delivered${drain.isComplete ? ", all of them" : ""}; ${transactions.mined} transactions mined, ${transactions.needed} needed.`,
    faults.length === 0 ? "  Nothing lost, nothing twice." : `  FAULTS: ${faults.join("; ")}`,
  ].join("\n");
}
