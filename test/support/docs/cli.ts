/** `docs/cli.md`: every command as its own help tells it, and what its end says. */

import type { Argument, Command, Option } from 'commander';
import { COMMAND_GROUPS } from '../../../src/cli/commands.ts';
import { wholeProgram } from '../../../src/cli/program.ts';
import { EXIT, type ExitStatus, exitStatusOf, FAULT_CODES } from '../../../src/fault.ts';
import { PACKAGE_ROOT } from '../../../src/package.ts';
import { type GeneratedFile, madeFrom, markdownTable } from './generated.ts';

const ENDS: Readonly<Record<ExitStatus, string>> = {
  [EXIT.ok]: 'done',
  [EXIT.failed]: 'failed',
  [EXIT.usage]: 'wrong use',
  [EXIT.configInvalid]: 'the configuration is invalid or cannot be read',
  [EXIT.brokerUnreachable]: 'the broker is not there',
  [EXIT.databaseUnusable]: 'the database is not there, or not usable',
  [EXIT.refused]: 'refused, for safety or because a daemon runs',
  [EXIT.noDaemon]: 'no daemon answers',
};

export async function cliPage(): Promise<GeneratedFile> {
  const program = await wholeProgram();
  const chapters = Object.values(COMMAND_GROUPS).map((title) => {
    const commands = program.commands.filter((command) => command.helpGroup() === title);
    return `## ${title.replace(/:$/, '')}\n\n${commands.map(sectionOf).join('\n')}`;
  });
  const rows = Object.values(EXIT).map((status) => [
    String(status),
    ENDS[status],
    codesOf(status).join(', ') || '–',
  ]);
  const content = `# Commands

${madeFrom('src/cli and src/fault.ts')}

Which commands there are, what each takes, and how it ends. \`bifrost COMMAND --help\` says the same
in a terminal; in a checkout \`npx bifrost\` stands for \`bifrost\`. Commands that print data for
people print it for programs with \`--json\`. Those that ask a daemon find it by the data directory:
\`BIFROST_DATA_DIR\`, or \`data/\`.

${chapters.join('\n')}
## Exit statuses

What to do about each is in [operations](OPERATIONS.md#exit-statuses). Faults have codes, which the
API tells too.

${markdownTable(['Status', 'Means', 'Faults that end a command so'], rows)}
`;
  return { path: 'docs/cli.md', content };
}

function codesOf(status: ExitStatus): readonly string[] {
  return FAULT_CODES.filter((code) => exitStatusOf(code) === status).map((code) => `\`${code}\``);
}

function sectionOf(command: Command): string {
  return [`### \`${command.name()}\`\n`, ...partsOf(command, `bifrost ${command.name()}`)].join(
    '\n',
  );
}

/** A command that has others below it is told by those. */
function partsOf(command: Command, path: string): readonly string[] {
  const usage = `${path} ${command.usage()}`.replace(/ \[options\]/, '').trim();
  const words = sentence(command.description());
  const rows = [...command.registeredArguments.map(argumentRow), ...optionRows(command)];
  const own = [
    `\`${usage}\`: ${words}\n`,
    ...(rows.length === 0 ? [] : [`${markdownTable(['Takes', 'What it is'], rows)}\n`]),
    ...moreOf(command),
  ];
  if (command.commands.length === 0) return own;
  return [
    `${words}\n`,
    ...command.commands.flatMap((each) => partsOf(each, `${path} ${each.name()}`)),
    ...moreOf(command),
  ];
}

function argumentRow(argument: Argument): readonly string[] {
  const { argChoices = [], description, required, variadic } = argument;
  const name = `${argument.name()}${variadic ? '…' : ''}`;
  return [`\`${required ? `<${name}>` : `[${name}]`}\``, withChoices(description, argChoices)];
}

function optionRows({ options }: Command): readonly (readonly string[])[] {
  return options
    .filter(({ hidden }) => !hidden)
    .map((option) => [
      `\`${option.flags}\``,
      withChoices(option.description, option.argChoices ?? [], presetOf(option)),
    ]);
}

function withChoices(text: string, choices: readonly string[], preset = ''): string {
  const among = choices.length === 0 ? '' : ` (${choices.map((each) => `\`${each}\``).join(', ')})`;
  return `${portable(text)}${among}${preset === '' ? '' : `; default \`${portable(preset)}\``}`;
}

function presetOf({ defaultValue, negate }: Option): string {
  const isTold = defaultValue !== undefined && defaultValue !== '' && !negate;
  return isTold ? String(defaultValue) : '';
}

/** What help says below the options: how it is meant, and examples. */
function moreOf(command: Command): readonly string[] {
  const said: string[] = [];
  command.configureOutput({ writeOut: (text) => void said.push(text) });
  command.outputHelp();
  const more = said.join('').replace(command.helpInformation(), '').trim();
  if (more === '') return [];
  return more
    .split(/(?:^|\n)Examples:\n/)
    .filter((block) => block.trim() !== '')
    .map((block) => `\`\`\`text\n${portable(withoutMargin(block))}\n\`\`\`\n`);
}

/** Examples stand two spaces in. */
function withoutMargin(block: string): string {
  const lines = block.trimEnd().split('\n');
  const isIndented = lines.every((line) => line === '' || line.startsWith('  '));
  return (isIndented ? lines.map((line) => line.slice(2)) : lines).join('\n').trim();
}

/** Files of the package are named from its root. */
function portable(text: string): string {
  return text.replaceAll(`${PACKAGE_ROOT}/`, '');
}

function sentence(text: string): string {
  const first = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
