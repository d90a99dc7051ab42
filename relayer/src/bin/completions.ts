import type { Command } from "commander";
import { RefusedError } from "../runtime/errors.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** A command as a completion sees it: the words that lead to it, and what may follow. */
type Node = { path: string[]; words: { word: string; description: string }[] };

/** Every command of a program with its subcommands and options, root first. */
export function commandNodes(program: Command): Node[] {
  const visit = (command: Command, path: string[]): Node[] => [
    {
      path,
      words: [
        ...command.commands.map((sub) => ({ word: sub.name(), description: sub.summary() || sub.description() })),
        ...command.options.flatMap(({ long, description }) => (long == null ? [] : [{ word: long, description }])),
      ],
    },
    ...command.commands.flatMap((sub) => visit(sub, [...path, sub.name()])),
  ];
  return visit(program, []);
}

/** `relayer completions`: a script for the shell, made from the program itself. @throws RefusedError `unknown_shell` */
export function completionScript(program: Command, shell: string): string {
  const nodes = commandNodes(program);
  const name = program.name();
  switch (shell) {
    case "bash":
      return bash(name, nodes);
    case "zsh":
      // zsh completes with bash's own functions once asked to.
      return `#compdef ${name}\nautoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bash(name, nodes)}`;
    case "fish":
      return fish(name, nodes);
    default:
      throw new RefusedError("unknown_shell", `No completions for "${shell}": ${shells.join(", ")}.`);
  }
}

/** Walks the words typed so far down the tree of commands; options and their values are stepped over. */
function bash(name: string, nodes: Node[]): string {
  const cases = nodes.map(
    ({ path, words }) => `    "${path.join(" ")}") words="${words.map(({ word }) => word).join(" ")}" ;;`,
  );
  const paths = nodes.filter(({ path }) => path.length > 0).map(({ path }) => `"${path.join(" ")}"`);
  return `_${name}() {
  local current path="" candidate word i words=""
  current="\${COMP_WORDS[COMP_CWORD]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    candidate="\${path:+$path }$word"
    case "$candidate" in
      ${paths.join(" | ")}) path="$candidate" ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ "$current" != -* && \${#COMPREPLY[@]} -eq 0 ]]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _${name} ${name}
`;
}

function fish(name: string, nodes: Node[]): string {
  const quote = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = nodes.flatMap(({ path, words }) => {
    const subcommands = words.filter(({ word }) => !word.startsWith("--")).map(({ word }) => word);
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
    const unseen = subcommands.length === 0 ? [] : [`not __fish_seen_subcommand_from ${subcommands.join(" ")}`];
    const condition = path.length === 0 ? "__fish_use_subcommand" : [...seen, ...unseen].join("; and ");
    return words.map(({ word, description }) =>
      word.startsWith("--")
        ? `complete -c ${name} -n ${quote(condition)} -l ${word.slice(2)} -d ${quote(description)}`
        : `complete -c ${name} -f -n ${quote(condition)} -a ${word} -d ${quote(description)}`,
    );
  });
  return `${lines.join("\n")}\n`;
}
