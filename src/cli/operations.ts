/** `bifrost operations`: what was done, newest first. */

import { Command, InvalidArgumentError } from 'commander';
import type { InputOf } from '../protocol/api-request.ts';
import { type DaemonOptions, findDaemon, withDaemonOptions } from './find-daemon.ts';
import { print, printJson, rounded, table, timeText } from './output.ts';

interface Options extends DaemonOptions {
  readonly symbol?: string;
  readonly type?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: string;
  readonly cursor?: string;
  readonly json?: true;
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
    .option('--json', 'as JSON');
  return withDaemonOptions(command).action(async (options: Options) => {
    const view = await findDaemon(options).client.call('operations', queryOf(options));
    if (options.json) {
      printJson(view);
      return;
    }
    const header = ['time', 'book', 'type', 'side', 'quantity', 'price', 'reason', 'order'];
    const rows = view.operations.map((operation) => [
      timeText(operation.ts),
      operation.symbol,
      operation.type,
      operation.side,
      operation.quantity,
      rounded(operation.price, 4),
      operation.state_reason,
      operation.order_ref,
    ]);
    print(rows.length === 0 ? 'no operations' : table(header, rows));
  });
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
