/**
 * `bifrost init`: from nothing to a configuration that works. It asks what cannot be guessed, or
 * takes it from flags, writes a commented file that was not there before, and tries the connection.
 */

import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadConfig } from '../config/load.ts';
import { IB_PORTS } from '../config/schema.ts';
import { Fault } from '../fault.ts';
import { COMMAND } from '../package.ts';
import { brokerFindings, probeConfigured } from './check-broker.ts';
import { countsText, findingsText } from './finding.ts';
import { type Answers, configText } from './init-file.ts';
import { writeNew } from './new-file.ts';
import { print } from './output.ts';

const MODES = ['simulated', 'paper', 'live'] as const;
type Mode = (typeof MODES)[number];
const FILE = 'bifrost.yaml';

export interface InitFlags {
  readonly mode?: Mode;
  readonly symbol?: readonly string[];
  readonly host?: string;
  readonly port?: number;
  readonly gateway?: true;
  readonly clientId?: number;
  readonly account?: string;
  readonly test: boolean;
}

/** Who is wrong so often in a row reads the help rather than the question. */
const ANSWERS_MAX = 5;

/** Asks one question; `null` where nobody is there to answer. */
export type Ask = ((question: string, preset: string) => Promise<string>) | null;

export function initCommand(): Command {
  return new Command('init')
    .description('Asks a few questions, writes a configuration, and tries the connection.')
    .argument('[file]', `the file to write; it must not be there yet`, FILE)
    .addOption(new Option('--mode <mode>', 'what to trade on').choices(MODES))
    .option('--symbol <symbol...>', 'underlyings, such as NVDA')
    .option('--host <host>', 'host of TWS or IB Gateway (default: 127.0.0.1)')
    .option('--port <port>', 'its port (default: that of TWS in this mode)', portNumber)
    .option('--gateway', 'IB Gateway and not TWS: port 4002 for paper, 4001 for live')
    .option('--client-id <id>', 'client id of the order connection (default: 1)', idNumber)
    .option('--account <account>', 'the account; needed with live, or where there are several')
    .option('--no-test', 'without trying the connection')
    .action(async (file: string, flags: InitFlags) => {
      const path = resolve(file);
      await withQuestions(flags, async (ask) => {
        const answers = await answersOf(flags, ask);
        write(path, configText(answers));
        print(`${file} is written.`);
        if (answers.mode !== 'simulated') print(`\n${explained(answers)}`);
        if (flags.test && answers.mode !== 'simulated') await tryConnection(path);
        print(`\n${nextSteps(file, answers.mode)}`);
      });
    });
}

/** Questions are asked on a terminal only: a script that forgot a flag must not wait for ever. */
async function withQuestions(flags: InitFlags, work: (ask: Ask) => Promise<void>): Promise<void> {
  const isWhole = flags.mode !== undefined && flags.symbol !== undefined;
  if (isWhole || process.stdin.isTTY !== true) return work(null);
  const lines: Interface = createInterface({ input: process.stdin, output: process.stdout });
  try {
    await work(async (question, preset) => {
      const shown = preset === '' ? question : `${question} [${preset}]`;
      const answer = (await lines.question(`${shown} `)).trim();
      return answer === '' ? preset : answer;
    });
  } finally {
    lines.close();
  }
}

/** What is asked and what is taken from flags; `ask` is null where nobody is there. */
export async function answersOf(flags: InitFlags, ask: Ask): Promise<Answers> {
  const mode = flags.mode ?? (await askMode(ask));
  const symbols = flags.symbol ?? (await askSymbols(ask));
  const host = flags.host ?? (await optional(ask, mode, 'Host of TWS or IB Gateway?', '127.0.0.1'));
  const usual = usualPort(mode, flags.gateway === true);
  const port = flags.port ?? (await askPort(flags.gateway ? null : ask, mode, usual));
  const account = flags.account ?? (await askAccount(ask, mode));
  return {
    ...{ mode, host, port, account },
    symbols: symbols.map((symbol) => symbol.toUpperCase()),
    clientId: flags.clientId ?? 1,
  };
}

async function askMode(ask: Ask): Promise<Mode> {
  const question =
    'Trade on what?\n  simulated  an exchange of our own, nothing is needed\n' +
    '  paper      a paper account of Interactive Brokers\n  live       real money\n';
  return untilTaken(
    ask,
    (retry) => needed(retry, question, '--mode', 'simulated'),
    (answer) => {
      const mode = MODES.find((each) => each === answer.toLowerCase());
      if (mode !== undefined) return mode;
      throw new InvalidArgumentError(`${answer} is none of ${MODES.join(', ')}`);
    },
  );
}

function askSymbols(ask: Ask): Promise<readonly string[]> {
  const question = 'Which underlyings? (NVDA SPY)';
  return untilTaken(ask, (retry) => needed(retry, question, '--symbol'), words);
}

function askPort(ask: Ask, mode: Mode, usual: number): Promise<number> {
  const question = portQuestion(mode);
  return untilTaken(ask, (retry) => optional(retry, mode, question, String(usual)), portNumber);
}

async function askAccount(ask: Ask, mode: Mode): Promise<string | null> {
  if (mode === 'simulated') return null;
  if (mode === 'live') {
    const question = 'Which account may be traded? (U1234567)';
    return untilTaken(ask, (retry) => needed(retry, question, '--account'), String);
  }
  const answer = ask === null ? '' : await ask('Account? (empty: the login has one only)', '');
  return answer === '' ? null : answer;
}

/** Asks again, with what was wrong, where an answer is of no use; at most so often. */
async function untilTaken<T>(
  ask: Ask,
  question: (ask: Ask) => Promise<string>,
  read: (answer: string) => T,
): Promise<T> {
  let wrong = '';
  const again: Ask = ask && ((text, preset) => ask(`${wrong}${text}`, preset));
  for (let left = ANSWERS_MAX; ; left -= 1) {
    try {
      return read(await question(again));
    } catch (thrown) {
      if (!(thrown instanceof InvalidArgumentError)) throw thrown;
      if (ask === null || left === 1) throw new Fault('usage', thrown.message, { cause: thrown });
      wrong = `${thrown.message}.\n`;
    }
  }
}

async function needed(ask: Ask, question: string, flag: string, preset = ''): Promise<string> {
  const answer = ask === null ? '' : await ask(question, preset);
  if (answer !== '') return answer;
  if (ask !== null) throw new InvalidArgumentError('An answer is needed here');
  throw new Fault('usage', `without a terminal to ask on, ${flag} is needed`, {
    remedy: 'such as `bifrost init --mode paper --symbol NVDA`; `bifrost init --help` has all',
  });
}

async function optional(ask: Ask, mode: Mode, question: string, preset: string): Promise<string> {
  return ask === null || mode === 'simulated' ? preset : ask(question, preset);
}

function usualPort(mode: Mode, gateway: boolean): number {
  const { tws_live, tws_paper, gateway_live, gateway_paper } = IB_PORTS;
  if (mode === 'live') return gateway ? gateway_live : tws_live;
  return gateway ? gateway_paper : tws_paper;
}

function portQuestion(mode: Mode): string {
  const gateway = usualPort(mode, true);
  return `Its port? (TWS ${usualPort(mode, false)}, IB Gateway ${gateway})`;
}

/** Creates the file or refuses: what somebody has written is never written over. */
function write(path: string, text: string): void {
  writeNew(path, text, 'name another file, as in `bifrost init my-book.yaml`');
  try {
    // By the file alone: what the environment says today is not what was written down.
    loadConfig({ file: path, env: {}, cwd: process.cwd() });
  } catch (thrown) {
    rmSync(path);
    if (!(thrown instanceof Fault)) throw thrown;
    throw new Fault('invalid', `nothing is written: ${thrown.message}`, {
      remedy: 'answer anew, with what is allowed',
      cause: thrown,
    });
  }
}

function explained({ mode, port }: Answers): string {
  const account = mode === 'paper' ? 'the real account behind the paper one' : 'the account';
  const permission = `Trading Permissions: US stocks, for ${account}.`;
  return [
    'What Interactive Brokers must allow:',
    '  API        in TWS, File > Global Configuration > API > Settings: "Enable ActiveX and',
    `             Socket Clients" on, "Read-Only API" off, socket port ${port}; where it runs on`,
    '             another host, this one in "Trusted IPs". IB Gateway: Configure > Settings > API.',
    "  quotes     Client Portal, Settings > Market Data Subscriptions: the stock's exchange, and",
    '             OPRA for its options. A paper account shares those of the real one, if told to.',
    `  orders     Client Portal, ${permission}`,
    '             Only shares are traded; options are held, and never bought or sold.',
    '  restarts   TWS: Global Configuration > Lock and Exit, "Auto restart". Once a week, on',
    '             Sunday, it asks for the second factor again: be there, or hedging waits.',
  ].join('\n');
}

async function tryConnection(path: string): Promise<void> {
  print('\nThe connection:');
  const loaded = loadConfig({ file: path, env: process.env, cwd: process.cwd() });
  const findings = brokerFindings(loaded.config, await probeConfigured(loaded));
  print(`${findingsText(findings)}\n${countsText(findings)}`);
}

function nextSteps(file: string, mode: Mode): string {
  const live = mode === 'live' ? ' --live' : '';
  return [
    'Next:',
    `  ${COMMAND} check --config ${file}${live}`,
    `  ${COMMAND} run --config ${file}`,
  ].join('\n');
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function portNumber(text: string): number {
  return between(text, 65_535, 'a port is a number from 1 to 65535');
}

function idNumber(text: string): number {
  // The next one is the market data's.
  return between(text, 9997, 'a client id is a number from 1 to 9997');
}

function between(text: string, max: number, allowed: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= max) return number;
  throw new InvalidArgumentError(allowed);
}
