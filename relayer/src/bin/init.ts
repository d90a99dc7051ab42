import { mkdir, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { checkAgainstDeployment, loadDeployment, parseConfigText } from "../config/load.ts";
import type { RoleName } from "../config/schema.ts";
import { configTemplate, openRoles, roleNames } from "../config/template.ts";
import { ConfigError, exitCodes, RefusedError } from "../runtime/errors.ts";
import type { Terminal } from "./terminal.ts";

/** "a,b" as roles. @throws RefusedError `unknown_role` */
export function parseRoles(text: string): RoleName[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const isRole = (name: string): name is RoleName => (roleNames as string[]).includes(name);
  const unknown = names.filter((name) => !isRole(name));
  if (unknown.length > 0 || names.length === 0)
    throw new RefusedError(
      "unknown_role",
      `No role is called "${unknown.join('", "')}". Roles: ${roleNames.join(", ")}, separated by commas.`,
    );
  return names.filter(isRole);
}

/** `relayer init`: writes a configuration to edit, checked by the schema before it is written. */
export async function init(options: {
  deployment: string;
  out: string;
  roles?: string;
  force?: boolean;
  terminal: Terminal;
}): Promise<number> {
  const out = resolve(options.out);
  const deploymentPath = resolve(options.deployment);
  const deployment = await loadDeployment(deploymentPath);
  const roles = options.roles === undefined ? openRoles : parseRoles(options.roles);
  const path = relative(dirname(out), deploymentPath);
  const text = configTemplate(deployment, isAbsolute(path) ? path : path.replaceAll("\\", "/"), roles);
  const config = parseConfigText(text, out);
  checkAgainstDeployment(config, deployment);
  await mkdir(dirname(out), { recursive: true });
  try {
    await writeFile(out, text, { flag: options.force === true ? "w" : "wx" });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST")
      throw new RefusedError("exists", `${out} is there already. Choose another --out, or overwrite it with --force.`);
    throw new ConfigError(`Cannot write ${out}: ${message}`, { cause });
  }
  options.terminal.print(
    `wrote ${out} with the roles ${Object.keys(config.roles).join(", ")}\nnext: edit what is marked EDIT, make the keys (relayer keys add), then relayer check --config ${options.out}`,
  );
  return exitCodes.ok;
}
