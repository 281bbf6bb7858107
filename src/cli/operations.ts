/** `bifrost operations`: what was done, newest first. */

import { Command, InvalidArgumentError } from 'commander';
import type { InputOf } from '../protocol/api-request.ts';
import type { OperationView } from '../protocol/views.ts';
import { type DaemonOptions, findDaemon, withDaemonOptions } from './find-daemon.ts';
import { fixedRow, print, printJson, rounded, table, timeText } from './output.ts';
import { repeat } from './repeat.ts';

interface Options extends DaemonOptions {
  readonly symbol?: string;
  readonly type?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: string;
  readonly cursor?: string;
  readonly json?: true;
  readonly follow?: true;
}

export function operationsCommand(): Command {
  const command = new Command('operations')
    .description('Shows intents, orders, fills, rejects and cancels, newest first.')
    .option('--symbol <symbol>', 'of this book only')
    .option('--type <type>', 'of this type only: hedge_intent, order_sent, fill, reject, cancel')
    .option(
      '--since <time>',
      'not before this time: 2026-01-31T15:30:00Z, or unix seconds',
      seconds,
    )
    .option('--until <time>', 'not after this time', seconds)
    .option('--limit <count>', 'how many at most, 1 to 1000', '20')
    .option('--cursor <cursor>', 'further back: the next_cursor of an answer in JSON')
    .option('--follow', 'then each new one as it comes, oldest first, until Ctrl-C')
    .option('--json', 'as JSON; with --follow a line for each');
  return withDaemonOptions(command).action(async (options: Options) => {
    if (options.follow === true) {
      await follow(options);
      return;
    }
    const view = await findDaemon(options).client.call('operations', queryOf(options));
    if (options.json) printJson(view);
    else print(view.operations.length === 0 ? 'no operations' : text(view.operations));
  });
}

const HEADER = ['time', 'book', 'type', 'side', 'quantity', 'price', 'reason', 'order'];
const FOLLOW_S = 1;
/** Far more than a second brings; after a longer absence the newest of what came. */
const PAGE = 1000;

/** What a hedge is sent for: a region of net delta, whose letter alone says little. */
const REASON_WORDS: Readonly<Record<string, string>> = {
  D2: 'D2 hedge needed',
  D3: 'D3 hedge forced',
};

/** The latest ones in their order, then what comes. */
async function follow(options: Options): Promise<void> {
  let seen: number | null = null;
  const lines = createLines();
  await repeat(FOLLOW_S, async () => {
    const query = { ...queryOf(options), ...(seen === null ? {} : { limit: PAGE }) };
    const { operations } = await findDaemon(options).client.call('operations', query);
    const newest = operations[0]?.id ?? seen;
    // A database that was made anew counts from the beginning.
    const known = seen !== null && newest !== null && newest >= seen ? seen : 0;
    seen = newest;
    for (const operation of operations.filter(({ id }) => id > known).reverse()) {
      print(options.json ? JSON.stringify(operation) : lines(operation));
    }
  });
}

/** Lines of one table whose later rows are not known yet; the header stands over the first. */
function createLines(): (operation: OperationView) => string {
  const widths = [20, 6, 14, 4, 8, 10, 28, 8];
  let header = false;
  return (operation) => {
    const row = fixedRow(cells(operation), widths);
    if (header) return row;
    header = true;
    return `${fixedRow(HEADER, widths)}\n${row}`;
  };
}

function text(operations: readonly OperationView[]): string {
  return table(HEADER, operations.map(cells));
}

function cells(operation: OperationView) {
  return [
    timeText(operation.ts),
    operation.symbol,
    operation.type,
    operation.side,
    operation.quantity,
    rounded(operation.price, 4),
    REASON_WORDS[operation.state_reason ?? ''] ?? operation.state_reason,
    operation.order_ref,
  ];
}

function queryOf(options: Options): InputOf<'operations'> {
  const { symbol, type, since, until, limit, cursor } = options;
  return {
    limit: Number(limit),
    ...(symbol === undefined ? {} : { symbol }),
    ...(type === undefined ? {} : { type }),
    ...(since === undefined ? {} : { since_ts: Number(since) }),
    ...(until === undefined ? {} : { until_ts: Number(until) }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

/** Unix seconds of a time in either form; a time without a zone would mean two things. */
function seconds(text: string): string {
  if (/^\d+(\.\d+)?$/.test(text)) return text;
  const zoned = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const epochMs = zoned ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(epochMs)) {
    throw new InvalidArgumentError('give 2026-01-31T15:30:00Z, or unix seconds');
  }
  return String(epochMs / 1000);
}
