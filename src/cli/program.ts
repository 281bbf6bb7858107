/**
 * The `bifrost` command: how it is called, and what becomes of its failures. Only the module of the
 * command that was asked for is loaded, so that `status` does not pay for `run`.
 */

import { Command, CommanderError } from 'commander';
import { EXIT, Fault } from '../fault.ts';
import { COMMAND_GROUPS, COMMANDS, type CommandEntry } from './commands.ts';
import { completionCommand } from './completion.ts';
import { endOnClosedPipe, printFault } from './output.ts';

const ENTRIES: readonly CommandEntry[] = [
  ...COMMANDS,
  {
    name: 'completion',
    group: 'begin',
    summary: 'makes the shell complete commands and options: bash, zsh, fish',
    examples: [
      ['bifrost completion bash > ~/.local/share/bash-completion/completions/bifrost', 'for good'],
      ['source <(bifrost completion zsh)', 'for this shell'],
      ['bifrost completion fish > ~/.config/fish/completions/bifrost.fish', 'for good'],
    ],
    load: async () => completionCommand(wholeProgram),
  },
];

const FIRST_STEPS = `
First steps:
  bifrost run                        a demo on a simulated exchange; nothing else is needed
  bifrost status                     in a second terminal: is all well?
  bifrost explain NVDA               why it hedges, or does not
  bifrost init my.yaml               a configuration for your account, paper first
  bifrost check --config my.yaml     would it run, and what is in the way?
  bifrost run --config my.yaml       the real thing

Exit statuses: 0 ok, 1 failed, 2 wrong use, 3 configuration, 4 broker, 5 database, 6 refused,
7 no daemon. Every command has --help, with examples; those that print data have --json.`;

/** Runs the command in `args`; sets `process.exitCode` where it fails. */
export async function runProgram(given: readonly string[]): Promise<void> {
  endOnClosedPipe();
  const args = given[0] === '--version' || given[0] === '-V' ? ['version'] : given;
  try {
    const program = await createProgram(args);
    if (args.length === 0) {
      program.outputHelp({ error: true });
      process.exitCode = EXIT.usage;
      return;
    }
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    process.exitCode = tell(thrown);
  }
}

async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('bifrost')
    .description('A gamma-scalping engine for Interactive Brokers.')
    .usage('<command> [options]')
    .helpCommand('help [command]', 'what a command does, and its options')
    .addHelpText('after', FIRST_STEPS)
    .showHelpAfterError('  → `bifrost --help` lists the commands and their options')
    .exitOverride()
    .configureOutput({
      writeErr: (text) => process.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'bifrost: ')),
    });
  // `help run` loads what it describes; any other word is a command or none.
  const words = args.filter((arg) => !arg.startsWith('-'));
  const asked = words[0] === 'help' ? words[1] : words[0];
  for (const entry of inGroups(ENTRIES)) {
    if (entry.name !== asked) {
      program.command(entry.name).description(entry.summary).helpGroup(groupOf(entry));
    } else {
      await addLoaded(program, entry);
    }
  }
  return program;
}

/** With all its commands loaded, for whoever wants to know every option. */
export async function wholeProgram(): Promise<Command> {
  const program = new Command('bifrost').exitOverride();
  for (const entry of inGroups(ENTRIES)) await addLoaded(program, entry);
  return program;
}

async function addLoaded(program: Command, entry: CommandEntry): Promise<void> {
  const command = await entry.load();
  inherit(command, program);
  command.summary(entry.summary).helpGroup(groupOf(entry)).addHelpText('after', examplesOf(entry));
  program.addCommand(command);
}

/** Help lists groups in the order of their first command. */
function inGroups(entries: readonly CommandEntry[]): readonly CommandEntry[] {
  return Object.keys(COMMAND_GROUPS).flatMap((group) =>
    entries.filter((each) => each.group === group),
  );
}

function groupOf({ group }: CommandEntry): string {
  return COMMAND_GROUPS[group];
}

function examplesOf({ examples }: CommandEntry): string {
  const lines = examples.map(([line, purpose]) => `  ${line}\n      ${purpose}`);
  return `\nExamples:\n${lines.join('\n')}`;
}

/** A command made elsewhere does not know yet that it must not end the process by itself. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
}

/** Says what went wrong in a line or two, and returns the exit status. */
function tell(thrown: unknown): number {
  if (thrown instanceof CommanderError) {
    // Help and version are thrown too; commander has already written all there is to say.
    return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (thrown instanceof Fault) {
    printFault(thrown);
    return thrown.exitStatus;
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const message = error.message.split('\n', 1)[0] ?? '';
  printFault({ message: `internal error: ${message}`, remedy: 'BIFROST_DEBUG=1 shows where' });
  if (process.env['BIFROST_DEBUG'] === '1') process.stderr.write(`${error.stack}\n`);
  return EXIT.failed;
}
