import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { exitCodes } from "../runtime/errors.ts";
import { createProgram } from "./program.ts";
import { testTerminal } from "./terminal.mock.ts";

const pageUrl = new URL("../../../docs/operators.md", import.meta.url);
const page = readFileSync(pageUrl, "utf8");
const deploy = (name: string) => readFileSync(new URL(`../../deploy/${name}`, import.meta.url), "utf8");
const program = createProgram(testTerminal().terminal);

/** Every `relayer …` in code, inline or in a block, whatever stands before it in the line. */
function commandsOf(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^ *```\n([\s\S]*?)^ *```$/gm)].flatMap(([, text = ""]) => text.split("\n"));
  const inline = [...markdown.replace(/^ *```[\s\S]*?^ *```$/gm, "").matchAll(/`([^`\n]+)`/g)].map(
    ([, text = ""]) => text,
  );
  return [...blocks, ...inline].flatMap((line) => /(?:^|\s)(relayer (?:[a-z].*))$/.exec(line.trim())?.[1] ?? []);
}

const wordsOf = (line: string) => (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""));

/** What is wrong with a command line, or undefined. */
function problemOf(line: string): string | undefined {
  let command: Command = program;
  const operands: string[] = [];
  const given = new Set<string>();
  const words = wordsOf(line).slice(1);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word.startsWith("--")) {
      const option = command.options.find(({ long }) => long === word);
      if (option === undefined) return `no option ${word}`;
      given.add(word);
      if (!option.required) continue;
      const value = words[++i];
      if (value === undefined) return `${word} without a value`;
      if (option.argChoices !== undefined && !option.argChoices.includes(value)) return `${word} ${value}`;
    } else {
      const sub = command.commands.find((candidate) => candidate.name() === word);
      if (sub !== undefined) command = sub;
      else if (command.commands.length > 0) return `no command ${word}`;
      else operands.push(word);
    }
  }
  if (command.commands.length > 0) return "no command, only a group";
  if (operands.length !== command.registeredArguments.length) return `${operands.length} argument(s)`;
  const missing = command.options.find(({ mandatory, long }) => mandatory && !given.has(long ?? ""));
  return missing === undefined ? undefined : `${missing.long} is missing`;
}

describe("docs/operators.md", () => {
  test("behavior: every command in it exists, with its arguments and options", () => {
    const commands = commandsOf(page).filter((line) => !line.startsWith("relayer relayer "));
    expect(commands.length).toBeGreaterThan(15);
    for (const line of commands) expect(problemOf(line), line).toBeUndefined();
  });

  test("behavior: the check itself notices what is wrong", () => {
    expect(problemOf("relayer stop --config x")).toBe("no command stop");
    expect(problemOf("relayer start")).toBe("--config is missing");
    expect(problemOf("relayer messages skip 7 --config x --why")).toBe("--why without a value");
    expect(problemOf("relayer messages list --config x --state asleep")).toBe("--state asleep");
    expect(problemOf("relayer keys add")).toBe("0 argument(s)");
  });

  test("behavior: it names every command of the program", () => {
    const leaves = (command: Command, path: string): string[] =>
      command.commands.length === 0 ? [path] : command.commands.flatMap((sub) => leaves(sub, `${path} ${sub.name()}`));
    const documented = commandsOf(page);
    for (const path of leaves(program, "relayer"))
      expect(
        documented.some((line) => line === path || line.startsWith(`${path} `)),
        path,
      ).toBe(true);
  });

  test("behavior: its exit codes are those of the process", () => {
    const rows = [...page.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, code, name]) => [name, Number(code)]);
    expect(Object.fromEntries(rows)).toEqual(exitCodes);
    expect(rows).toHaveLength(Object.keys(exitCodes).length);
  });

  test("behavior: what it links to is there", () => {
    for (const [, target = ""] of page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      expect(existsSync(fileURLToPath(new URL(target, pageUrl))), target).toBe(true);
  });
});

describe("relayer/deploy", () => {
  test("behavior: the unit starts a command that exists, and does not restart what needs a person", () => {
    const unit = deploy("hypothec-relayer.service");
    const [, line = ""] = /^ExecStart=\S+ \S+relayer\.ts (.*)$/m.exec(unit) ?? [];
    expect(problemOf(`relayer ${line}`)).toBeUndefined();
    expect(/^RestartPreventExitStatus=(.*)$/m.exec(unit)?.[1]).toBe(`${exitCodes.fatal} ${exitCodes.usage}`);
  });
  test("behavior: so does the image", () => {
    const [, words = "[]"] = /^CMD (.*)$/m.exec(deploy("Containerfile")) ?? [];
    expect(problemOf(["relayer", ...(JSON.parse(words) as string[])].join(" "))).toBeUndefined();
  });
});
