// `npm run <task>` from a fresh clone, on whatever Node is there: bring a recent enough Node, install the dependencies,
// bring the built parts up to date, run the task. Node built-ins only: it runs before anything is installed.
import { ensureDependencies } from "./run/dependencies.mjs";
import { relaunchUnder, ROOT, runtimeBinary } from "./run/node.mjs";
import { fail, Failure } from "./run/terminal.mjs";

const [task, ...args] = process.argv.slice(2);

process.chdir(ROOT);
try {
  const node = await runtimeBinary();
  if (node !== process.execPath) process.exitCode = await relaunchUnder(node);
  else {
    await ensureDependencies();
    const { runTask } = await import("./run/tasks.mjs");
    process.exitCode = await runTask(task, args);
  }
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  fail(error);
  process.exitCode = 1;
}
