/**
 * Commands that move shares: each shows first what it would do, and asks; `--yes` skips the
 * question. And the legs of a book, which are listed or decided upon.
 */

import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { Fault } from '../fault.ts';
import type { ControlName } from '../protocol/control.ts';
import type { CommandReply } from '../protocol/views.ts';
import type { ApiClient } from './api-client.ts';
import { type DaemonOptions, findDaemon, withDaemonOptions } from './find-daemon.ts';
import { print, printJson } from './output.ts';

interface Options extends DaemonOptions {
  readonly json?: true;
  readonly yes?: true;
  readonly dryRun?: true;
}

/** Closes what is ours, of one book or of all. */
export function flattenCommand(): Command {
  const command = new Command('flatten')
    .description('Closes the shares that are ours, of one book or of all; ends suspended.')
    .argument('[symbol]', 'one book; without it all of them');
  return careful(command).action((symbol: string | undefined, options: Options) =>
    perform(options, 'flatten', symbol === undefined ? {} : { symbol }),
  );
}

/** Hedges to net delta 0 without waiting for cooldown or threshold. */
export function hedgeNowCommand(): Command {
  const command = new Command('hedge-now')
    .description('Brings net delta to 0 now; every gate but cooldown and threshold holds.')
    .argument('<symbol>', 'the book');
  return careful(command).action((symbol: string, options: Options) =>
    perform(options, 'hedge_now', { symbol }),
  );
}

/** Makes shares of the account ours, by the operator's word. */
export function adoptCommand(): Command {
  const command = new Command('adopt')
    .description('Says how many shares of the account are this book’s, beside those it knows.')
    .argument('<symbol>', 'the book')
    .argument('<shares>', 'signed; 0 says that none are');
  return careful(command).action((symbol: string, shares: string, options: Options) =>
    perform(options, 'adopt', { symbol, shares: Number(shares) }),
  );
}

/** Lists the option positions of a book, or decides about one. */
export function legsCommand(): Command {
  const command = new Command('legs')
    .description('Lists the option positions of a book; confirms or excludes one of them.')
    .argument('<symbol>', 'the book')
    .argument('[decision]', 'confirm or exclude')
    .argument('[id]', 'the contract id of the option')
    .option('--json', 'as JSON');
  return withDaemonOptions(command).action(
    async (
      symbol: string,
      decision: string | undefined,
      id: string | undefined,
      options: Options,
    ) => {
      if (decision !== undefined && (!DECISIONS.has(decision) || id === undefined)) {
        throw new Fault('usage', `legs ${symbol} ${decision}: say confirm or exclude, and an id`);
      }
      const word = decision === undefined ? {} : { [decision]: Number(id) };
      const reply = await findDaemon(options).client.control('legs', { symbol, ...word });
      if (options.json) printJson(reply);
      else print([reply.message, ...legLines(reply)].join('\n'));
    },
  );
}

const DECISIONS: ReadonlySet<string> = new Set(['confirm', 'exclude']);

function careful(command: Command): Command {
  command
    .option('--yes', 'without asking')
    .option('--dry-run', 'only shows what it would do')
    .option('--json', 'as JSON');
  return withDaemonOptions(command);
}

async function perform(options: Options, command: ControlName, payload: object): Promise<void> {
  const { client } = findDaemon(options);
  if (options.dryRun) {
    answer(options, await preview(client, command, payload));
    return;
  }
  if (!options.yes) await confirm(await preview(client, command, payload));
  answer(options, await client.control(command, payload));
}

function preview(client: ApiClient, command: ControlName, payload: object): Promise<CommandReply> {
  return client.control(command, { ...payload, dry_run: true });
}

/** Asks on the terminal; without one nobody could answer, so the answer is no. */
async function confirm({ message }: CommandReply): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new Fault('safety_refused', `nothing was done; it would: ${message}`, {
      remedy: 'repeat it with --yes',
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const said = await terminal.question(`${message}\nDo it? [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(said.trim())) throw new Fault('safety_refused', 'nothing was done');
}

function answer(options: Options, reply: CommandReply): void {
  if (options.json) printJson(reply);
  else print(reply.message);
}

interface LegRow {
  readonly con_id: number;
  readonly label: string;
  readonly quantity: number;
  readonly reason: string | null;
}

function legLines({ legs, outside }: CommandReply): readonly string[] {
  const rows = [...((legs ?? []) as LegRow[]), ...((outside ?? []) as LegRow[])];
  return rows.map(({ con_id: id, label, quantity, reason }) => {
    return `  ${id}  ${label}  ${quantity}  ${reason ?? 'leg'}`;
  });
}
