/**
 * The `bifrost` command: which commands there are, and what becomes of their failures. Only the
 * module of the command that was asked for is loaded, so that `status` does not pay for `run`.
 */

import { Command, CommanderError } from 'commander';
import { EXIT, Fault } from '../fault.ts';
import { endOnClosedPipe, printFault } from './output.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const ENTRIES: readonly Entry[] = [
  {
    name: 'run',
    summary: 'the daemon with its API and page',
    load: async () => (await import('./run.ts')).runCommand(),
  },
  {
    name: 'monitor',
    summary: 'API and page alone, from the database, on any host',
    load: async () => (await import('./monitor.ts')).monitorCommand(),
  },
  {
    name: 'gateway',
    summary: 'the simulated IB gateway alone',
    load: async () => (await import('./gateway.ts')).gatewayCommand(),
  },
  {
    name: 'status',
    summary: 'what the engine is, has and does now',
    load: async () => (await import('./status.ts')).statusCommand(),
  },
  {
    name: 'operations',
    summary: 'what was done, newest first',
    load: async () => (await import('./operations.ts')).operationsCommand(),
  },
  {
    name: 'stats',
    summary: 'what came of hedging: wins, P&L, costs, blocks; without a daemon too',
    load: async () => (await import('./stats.ts')).statsCommand(),
  },
  {
    name: 'explain',
    summary: 'why a book is hedged or not: every gate with its value and limit',
    load: async () => (await import('./explain.ts')).explainCommand(),
  },
  {
    name: 'machines',
    summary: 'state machines, and the diagram of one',
    load: async () => (await import('./machines.ts')).machinesCommand(),
  },
  {
    name: 'stop',
    summary: 'stops the daemon and waits until it is gone',
    load: async () => (await import('./control.ts')).stopCommand(),
  },
  {
    name: 'suspend',
    summary: 'sends no new hedge, of one book or of all',
    load: async () => (await import('./control.ts')).suspendCommand(),
  },
  {
    name: 'resume',
    summary: 'hedges again, one book or all',
    load: async () => (await import('./control.ts')).resumeCommand(),
  },
  {
    name: 'flatten',
    summary: 'closes the shares that are ours, and ends suspended',
    load: async () => (await import('./careful-control.ts')).flattenCommand(),
  },
  {
    name: 'hedge-now',
    summary: 'brings net delta to 0 now',
    load: async () => (await import('./careful-control.ts')).hedgeNowCommand(),
  },
  {
    name: 'cancel-all',
    summary: 'suspends, and cancels every order of ours',
    load: async () => (await import('./control.ts')).cancelAllCommand(),
  },
  {
    name: 'adopt',
    summary: 'says which shares of the account are ours',
    load: async () => (await import('./careful-control.ts')).adoptCommand(),
  },
  {
    name: 'legs',
    summary: 'lists the option positions of a book, confirms or excludes one',
    load: async () => (await import('./careful-control.ts')).legsCommand(),
  },
  {
    name: 'refresh-accounts',
    summary: 'reads accounts and positions again',
    load: async () => (await import('./control.ts')).refreshAccountsCommand(),
  },
  {
    name: 'retry-ib',
    summary: 'connects to the broker now',
    load: async () => (await import('./control.ts')).retryIbCommand(),
  },
  {
    name: 'manual-resume',
    summary: 'clears what latched a book in SAFE, with a reason for the record',
    load: async () => (await import('./control.ts')).manualResumeCommand(),
  },
  {
    name: 'backtest',
    summary: 'plays history through the machines that trade',
    load: async () => (await import('./backtest.ts')).backtestCommand(),
  },
  {
    name: 'sweep',
    summary: 'backtests many parameter sets on all cores',
    load: async () => (await import('./sweep.ts')).sweepCommand(),
  },
  {
    name: 'compare',
    summary: 'how two backtests differ',
    load: async () => (await import('./compare.ts')).compareCommand(),
  },
  {
    name: 'data',
    summary: 'market data sets: import',
    load: async () => (await import('./data.ts')).dataCommand(),
  },
  {
    name: 'replay',
    summary: 'runs a journal again, and proves that it decides the same',
    load: async () => (await import('./replay.ts')).replayCommand(),
  },
  {
    name: 'journal',
    summary: 'whether the record of all decisions is whole, and what it holds',
    load: async () => (await import('./journal.ts')).journalCommand(),
  },
  {
    name: 'db',
    summary: 'the database: migrate, stop',
    load: async () => (await import('./db.ts')).dbCommand(),
  },
  {
    name: 'alerts',
    summary: 'webhooks that are told of alerts: test',
    load: async () => (await import('./alerts.ts')).alertsCommand(),
  },
  {
    name: 'config',
    summary: 'the configuration: validate, show',
    load: async () => (await import('./config.ts')).configCommand(),
  },
  {
    name: 'price',
    summary: 'option calculator: values and greeks',
    load: async () => (await import('./price.ts')).priceCommand(),
  },
  {
    name: 'iv',
    summary: 'option calculator: implied volatilities',
    load: async () => (await import('./iv.ts')).ivCommand(),
  },
  {
    name: 'band',
    summary: 'option calculator: hedging bands',
    load: async () => (await import('./band.ts')).bandCommand(),
  },
  {
    name: 'vol',
    summary: 'volatility of OHLC bars',
    load: async () => (await import('./vol.ts')).volCommand(),
  },
  {
    name: 'version',
    summary: 'the version of bifrost and of its Node',
    load: async () => (await import('./version.ts')).versionCommand(),
  },
];

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
    .showHelpAfterError('  → `bifrost --help` lists the commands and their options')
    .exitOverride()
    .configureOutput({
      writeErr: (text) => process.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'bifrost: ')),
    });
  // `help run` loads what it describes; any other word is a command or none.
  const words = args.filter((arg) => !arg.startsWith('-'));
  const asked = words[0] === 'help' ? words[1] : words[0];
  for (const { name, summary, load } of ENTRIES) {
    if (name !== asked) {
      program.command(name).description(summary);
      continue;
    }
    const command = await load();
    inherit(command, program);
    program.addCommand(command.summary(summary));
  }
  return program;
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
