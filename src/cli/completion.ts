/**
 * `bifrost completion SHELL`: a script that makes the shell complete commands, options and their
 * values. It is made from the commands themselves, so it knows what they know, and is complete in
 * itself: completing starts no program.
 */

import { Argument, Command, type Option } from 'commander';
import { print } from './output.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** One command, with all that may follow it. */
interface Words {
  /** `config show`; empty for `bifrost` itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly OptionWords[];
  /** What its argument may be, where that is a list. */
  readonly choices: readonly string[];
}

interface OptionWords {
  readonly flag: string;
  readonly summary: string;
  /** What follows it: nothing, a file, one of some words, or anything. */
  readonly takes: 'nothing' | 'file' | 'text' | readonly string[];
}

/** `whole` gives the program with every command loaded. */
export function completionCommand(whole: () => Promise<Command>): Command {
  return new Command('completion')
    .description('Prints a script that makes the shell complete commands, options and values.')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action(async (shell: (typeof SHELLS)[number]) => {
      const words = wordsOf(await whole(), '');
      print({ bash: bashScript, zsh: zshScript, fish: fishScript }[shell](words));
    });
}

function wordsOf(command: Command, path: string): readonly Words[] {
  const own: Words = {
    path,
    commands: command.commands.map((child) => ({
      name: child.name(),
      summary: child.summary() === '' ? child.description() : child.summary(),
    })),
    options: [...command.options.filter(({ hidden }) => !hidden).map(optionWords), HELP],
    choices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
  const below = command.commands.flatMap((child) =>
    wordsOf(child, path === '' ? child.name() : `${path} ${child.name()}`),
  );
  return [own, ...below];
}

const HELP: OptionWords = { flag: '--help', summary: 'what it does', takes: 'nothing' };
/** By the word that the usage shows for the value. */
const IS_FILE = /<(file|dir|to|from|csv|path)\b|<(in|out)>|FILE|DIR/i;

function optionWords(option: Option): OptionWords {
  const { flags, description, argChoices, required, optional } = option;
  const flag = option.long ?? option.short ?? flags;
  if (argChoices !== undefined) return { flag, summary: description, takes: argChoices };
  if (!required && !optional) return { flag, summary: description, takes: 'nothing' };
  return { flag, summary: description, takes: IS_FILE.test(flags) ? 'file' : 'text' };
}

/** The words that may stand where nothing is begun yet. */
function followers({ commands, options, choices }: Words): readonly string[] {
  return [...commands.map(({ name }) => name), ...choices, ...options.map(({ flag }) => flag)];
}

function valuesOf(words: readonly Words[]): readonly (readonly [key: string, takes: string])[] {
  return words.flatMap(({ path, options }) =>
    options.flatMap(({ flag, takes }) => {
      const key = `${path} ${flag}`.trim();
      if (takes === 'nothing') return [];
      return [[key, typeof takes === 'string' ? `@${takes}` : takes.join(' ')] as const];
    }),
  );
}

/** Tables of words that bash and zsh both read, and how a command line is found in them. */
function tables(words: readonly Words[]): string {
  const known = words.map((each) => `    '${each.path}') w='${followers(each).join(' ')}' ;;`);
  const values = valuesOf(words).map(([key, takes]) => `    '${key}') v='${takes}' ;;`);
  return `_bifrost_words() {
  w=
  case "$1" in
${known.join('\n')}
    *) return 1 ;;
  esac
}
_bifrost_value() {
  v=
  case "$1" in
${values.join('\n')}
  esac
}
# The command that the words so far name: options and their values are passed over.
_bifrost_path() {
  local word next
  p=
  for word in "$@"; do
    case "$word" in -*) continue ;; esac
    next="$p\${p:+ }$word"
    _bifrost_words "$next" && p="$next"
  done
}`;
}

function bashScript(words: readonly Words[]): string {
  return `# bash completion of bifrost
${tables(words)}
_bifrost() {
  local w v p cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  _bifrost_path "\${COMP_WORDS[@]:1:COMP_CWORD-1}"
  _bifrost_value "$p\${p:+ }$prev"
  case "$v" in
    @file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    @text) COMPREPLY=(); return ;;
    ?*) COMPREPLY=($(compgen -W "$v" -- "$cur")); return ;;
  esac
  _bifrost_words "$p"
  COMPREPLY=($(compgen -W "$w" -- "$cur"))
}
complete -o filenames -o bashdefault -F _bifrost bifrost`;
}

function zshScript(words: readonly Words[]): string {
  return `#compdef bifrost
# zsh completion of bifrost
${tables(words)}
_bifrost() {
  local w v p prev="\${words[CURRENT-1]}"
  _bifrost_path "\${(@)words[2,CURRENT-1]}"
  _bifrost_value "$p\${p:+ }$prev"
  case "$v" in
    @file) _files; return ;;
    @text) return ;;
    ?*) compadd -- \${=v}; return ;;
  esac
  _bifrost_words "$p"
  compadd -- \${=w}
}
# Sourced it registers itself; from a folder of fpath it is called.
if [ "\${funcstack[1]}" = _bifrost ]; then _bifrost "$@"; else compdef _bifrost bifrost; fi`;
}

function fishScript(words: readonly Words[]): string {
  const lines = words.flatMap(({ path, commands, options, choices }) => {
    const when = fishCondition(path, commands);
    return [
      ...commands.map(({ name, summary }) => `${when} -a ${name} -d ${quoted(summary)}`),
      ...choices.map((choice) => `${when} -a ${choice}`),
      ...options.map((option) => `${when} ${fishOption(option)}`),
    ];
  });
  return `# fish completion of bifrost\ncomplete -c bifrost -f\n${lines.join('\n')}`;
}

function fishCondition(path: string, below: Words['commands']): string {
  const seen = path.split(' ').filter((word) => word !== '');
  const names = below.map(({ name }) => name).join(' ');
  const not = names === '' ? '' : `not __fish_seen_subcommand_from ${names}`;
  const has = seen.map((word) => `__fish_seen_subcommand_from ${word}`);
  const all = [...has, ...(not === '' ? [] : [not])].join('; and ');
  return `complete -c bifrost -n ${quoted(all)}`;
}

function fishOption({ flag, summary, takes }: OptionWords): string {
  const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
  const described = `${name} -d ${quoted(summary)}`;
  if (takes === 'nothing') return described;
  if (takes === 'file') return `${described} -r -F`;
  return takes === 'text' ? `${described} -x` : `${described} -x -a ${quoted(takes.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
