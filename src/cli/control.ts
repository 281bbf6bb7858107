/** The commands that tell a running daemon what to do, and need no second look. */

import { Command } from 'commander';
import { Fault } from '../fault.ts';
import { STOP_BUDGET_MS } from '../limits.ts';
import type { ControlName } from '../protocol/control.ts';
import type { Clock } from '../runtime/clock.ts';
import { realMono } from '../runtime/real-clock.ts';
import { readDaemon } from '../store/data-dir.ts';
import { type DaemonOptions, findDaemon, withDaemonOptions } from './find-daemon.ts';
import { print, printJson } from './output.ts';

interface Options extends DaemonOptions {
  readonly json?: true;
}

/** The stop itself is bounded; twice that covers a machine that is busy. */
const GONE_MS_MAX = 2 * STOP_BUDGET_MS.total;
const POLL_MS = 50;

export function stopCommand(): Command {
  const command = new Command('stop')
    .description('Stops the daemon: no new order, working ones cancelled, all of it written down.')
    .option('--no-wait', 'do not wait until it is gone')
    .option('--json', 'as JSON');
  return withDaemonOptions(command).action(async (options: Options & { wait: boolean }) => {
    const { client, dataDir } = findDaemon(options);
    const { message } = await client.control('stop', {});
    if (options.wait && dataDir !== undefined) await untilGone(dataDir, realMono());
    answer(options, message);
  });
}

export function suspendCommand(): Command {
  return bookCommand('suspend', 'Sends no new hedge, until resume. It survives a restart.');
}

export function resumeCommand(): Command {
  return bookCommand('resume', 'Hedges again.');
}

export function retryIbCommand(): Command {
  const command = new Command('retry-ib')
    .description('Connects to the broker now, instead of at the next attempt.')
    .option('--json', 'as JSON');
  return withDaemonOptions(command).action((options: Options) => send(options, 'retry_ib', {}));
}

export function refreshAccountsCommand(): Command {
  const command = new Command('refresh-accounts')
    .description('Reads accounts and positions again.')
    .option('--json', 'as JSON');
  return withDaemonOptions(command).action((options: Options) =>
    send(options, 'refresh_accounts', {}),
  );
}

export function cancelAllCommand(): Command {
  const command = new Command('cancel-all')
    .description('Suspends, then cancels every order of ours; orders of others stay.')
    .option('--json', 'as JSON');
  return withDaemonOptions(command).action((options: Options) => send(options, 'cancel_all', {}));
}

export function manualResumeCommand(): Command {
  const command = new Command('manual-resume')
    .description('Clears what latched a book in SAFE, once it no longer holds.')
    .argument('<symbol>', 'the book')
    .requiredOption('--reason <text>', 'why it may go on, for the record')
    .option('--allowance <usd>', 'after the loss limit: what may be lost from here, USD')
    .option('--json', 'as JSON');
  return withDaemonOptions(command).action(
    (symbol: string, options: Options & { reason: string; allowance?: string }) => {
      const { reason, allowance } = options;
      const more = allowance === undefined ? {} : { allowance_usd: Number(allowance) };
      return send(options, 'manual_resume', { symbol, reason, ...more });
    },
  );
}

function bookCommand(name: 'suspend' | 'resume', description: string): Command {
  const command = new Command(name)
    .description(description)
    .argument('[symbol]', 'one book; without it all of them')
    .option('--json', 'as JSON');
  return withDaemonOptions(command).action((symbol: string | undefined, options: Options) =>
    send(options, name, symbol === undefined ? {} : { symbol }),
  );
}

async function send(options: Options, command: ControlName, payload: object): Promise<void> {
  const { message } = await findDaemon(options).client.control(command, payload);
  answer(options, message);
}

function answer(options: Options, message: string): void {
  if (options.json) printJson({ ok: true, message });
  else print(message);
}

async function untilGone(dataDir: string, mono: Clock): Promise<void> {
  const deadline = mono.now() + GONE_MS_MAX;
  for (let daemon = readDaemon(dataDir); daemon !== null; daemon = readDaemon(dataDir)) {
    if (mono.now() > deadline) {
      throw new Fault('deadline', `the daemon took the stop, but pid ${daemon.pid} still runs`, {
        remedy: `look at its log; kill ${daemon.pid} repeats the stop`,
      });
    }
    await new Promise<void>((resolve) => mono.setTimer(POLL_MS, resolve));
  }
}
