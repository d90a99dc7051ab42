import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";

const SIZE = "256m";

/** Whether this process may mount file systems. */
export const canMount = (): boolean => process.platform === "linux" && process.getuid?.() === 0;

/** A small file system of its own at a path, in memory. The function returned takes it away; so does the end of this process. */
export function mountDisk(path: string): () => void {
  mkdirSync(path, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE}`, "hypothec-chaos", path]);
  const unmount = () => {
    process.off("exit", unmount);
    execFileSync("umount", ["-l", path]);
  };
  process.once("exit", unmount);
  return unmount;
}
