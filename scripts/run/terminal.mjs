// Progress for people, plain lines for logs: a spinner and colour only on a terminal.
import { spawn } from "node:child_process";

const tty = process.stderr.isTTY === true;
const colour = tty && !process.env.NO_COLOR;
const paint = (code) => (text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);

const FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
/** How often a step that runs without a terminal says that it is alive. */
const HEARTBEAT_MS = 20_000;

/** An expected failure: what happened, what to do, and the output that explains it. */
export class Failure extends Error {
  constructor(message, { todo, output } = {}) {
    super(message);
    this.todo = todo;
    this.output = output;
  }
}

export function fail({ message, todo, output }) {
  if (output?.trim()) process.stderr.write(`${output.trimEnd()}\n\n`);
  process.stderr.write(`${red("✗")} ${bold(message)}\n`);
  if (todo) process.stderr.write(`  ${todo}\n`);
}

export const stripAnsi = (text) => text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "");

function seconds(since) {
  const total = Math.round((performance.now() - since) / 1000);
  return total < 60 ? `${total} s` : `${Math.floor(total / 60)} min ${total % 60} s`;
}

/** Runs a command out of sight, showing its last line and the time it has taken. Throws a `Failure` with its output. */
export async function quietly(title, command, args, { todo, env, cwd } = {}) {
  const since = performance.now();
  let output = "";
  let last = "";
  let frame = 0;

  const draw = () => {
    const head = `${FRAMES[frame++ % FRAMES.length]} ${title} ${dim(seconds(since))}`;
    const room = (process.stderr.columns || 80) - stripAnsi(head).length - 3;
    const tail = room > 10 && last ? `  ${dim(last.slice(0, room))}` : "";
    process.stderr.write(`\r\u001b[2K${head}${tail}`);
  };
  const beat = () => process.stderr.write(`  ${title}: ${seconds(since)}${last ? ` · ${last.slice(0, 100)}` : ""}\n`);

  if (!tty) process.stderr.write(`• ${title} …\n`);
  const timer = setInterval(tty ? draw : beat, tty ? 100 : HEARTBEAT_MS);

  const code = await new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: env ?? process.env, cwd });
    const collect = (chunk) => {
      output += chunk;
      const lines = stripAnsi(String(chunk))
        .split(/[\r\n]+/)
        .map((line) => line.trim());
      last = lines.findLast((line) => line && !line.startsWith("npm warn")) ?? last;
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", resolve);
  }).finally(() => {
    clearInterval(timer);
    if (tty) process.stderr.write("\r\u001b[2K");
  });

  if (code !== 0) throw new Failure(`${title} failed after ${seconds(since)}`, { todo, output });
  process.stderr.write(`${green("✓")} ${title} ${dim(seconds(since))}\n`);
}

/** Some tools colour whatever they print on a continuous-integration machine, where nobody wants escape codes. */
const plainEnv = process.stdout.isTTY || process.env.FORCE_COLOR ? {} : { NO_COLOR: "1" };

/** Runs a command in full view. Resolves to its exit code; `onOutput` also sees what it prints on stdout. */
export function openly(command, args, { onOutput, env = process.env, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["inherit", onOutput ? "pipe" : "inherit", "inherit"],
      env: { ...env, ...plainEnv },
      cwd,
    });
    child.stdout?.on("data", (chunk) => {
      process.stdout.write(chunk);
      onOutput(String(chunk));
    });
    // The child shares our terminal and hears Ctrl-C itself; wait for it, so that it can leave cleanly.
    const pass = (signal) => child.kill(signal);
    const ignore = () => {};
    process.on("SIGINT", ignore).on("SIGTERM", pass);
    child.on("error", reject);
    child.on("close", (code) => {
      process.off("SIGINT", ignore).off("SIGTERM", pass);
      resolve(code ?? 1);
    });
  });
}
