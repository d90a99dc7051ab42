/** How long whatever is still open (an idle connection, another library's threads) may keep a process whose work is done, milliseconds. */
const lingerMs = 500;

/**
 * Ends the process with this code once nothing is left to do. Not by `process.exit` at once: while V8 compiles in the background that
 * can wait for itself, for ever (Node 24, https://github.com/nodejs/node/issues/54918), and what was printed to a pipe may be cut off.
 */
export function endProcess(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(code), lingerMs).unref();
}
