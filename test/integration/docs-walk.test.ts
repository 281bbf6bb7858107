/**
 * The pages, followed by somebody who types what they say: each command of a block, from the top,
 * ends as the page lets one expect. The longer walks are taken with BIFROST_TEST_LONG=1 only; that
 * no command is left out is looked at each time (`test/docs/commands.test.ts`).
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, describe, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';

import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { blocksOf, commandsOf } from '../support/docs/page-blocks.ts';
import { NOT_TYPED, WALKS, type Walk } from '../support/docs/walks.ts';
import { silentLog } from '../support/postgres.ts';
import { mono, ROOT } from '../support/program.ts';
import { type Desk, sitDown } from './support/desk.ts';
import { quotesOfSpy } from './support/spy-quotes.ts';

const LONG = process.env['BIFROST_TEST_LONG'] === '1';
const LEAN = join(ROOT, '../shared/market-data/lean');
const WALK_MS = 280_000;

describe('a reader who types what stands in', () => {
  const desks: Desk[] = [];
  afterAll(async () => {
    for (const desk of desks) await desk.leave();
  });

  for (const walk of WALKS) {
    const { name, pages, lean = false, short = false } = walk;
    const isTaken = (LONG || short) && (!lean || existsSync(LEAN));
    it.runIf(isTaken)(
      `${name} gets through: ${pages.join(', ')}`,
      { timeout: WALK_MS },
      async () => {
        const desk = await sitDown(`walk-${name}`);
        desks.push(desk);
        await prepare(desk, walk);
        for (const page of pages) await follow(desk, walk, page);
        await desk.leave();
      },
    );
  }
});

async function follow(desk: Desk, walk: Walk, page: string): Promise<void> {
  let typed = 0;
  for (const line of commandsOf(page)) {
    if (NOT_TYPED.some(([pattern]) => pattern.test(line))) continue;
    for (const first of walk.before?.[line] ?? []) await desk.type(first);
    const { as = line, status = 0, patient = false } = walk.otherwise?.[line] ?? {};
    await desk.type(as, { status, patient });
    typed += 1;
  }
  assert.ok(typed > 0, `${page} has nothing to type`);
}

async function prepare(desk: Desk, { begin = [], files = {} }: Walk): Promise<void> {
  desk.local.set('DATA ', `${LEAN} `);
  desk.local.set('postgresql://…', () => databaseOf(desk));
  desk.local.set('https://desk/hook', receiver);
  desk.write('grid.yaml', blocksOf('docs/backtest.md', 'yaml')[0] ?? '');
  desk.write('book.csv', blocksOf('docs/how-to/change-the-band.md', 'csv')[0] ?? '');
  const own = quotesOfSpy();
  const [header = '', ...rows] = own.split('\n');
  const names = header.replace('time', 'timestamp').replace('bid,ask', 'bid_price,ask_price');
  desk.write('quotes.csv', own);
  desk.write('mine.csv', [names, ...rows].join('\n'));
  desk.write('desk.yaml', worldOf('DU0000001'));
  desk.write('money.yaml', worldOf('U1234567'));
  for (const [file, page] of Object.entries(files)) {
    desk.write(file, JSON.stringify(configOf(page, desk.twsPort), null, 2));
  }
  for (const line of begin) await desk.type(line);
}

/** The demo's world with a second stock, and an account of this name. */
function worldOf(account: string): string {
  const demo = parse(readFileSync(join(ROOT, 'config/scenarios/demo.yaml'), 'utf8'));
  const [nvda] = demo.underlyings;
  const amd = { ...nvda, symbol: 'AMD', con_id: 4391, name: 'ADVANCED MICRO DEVICES' };
  const accounts = [{ ...demo.accounts[0], id: account }];
  return JSON.stringify({ ...demo, accounts, underlyings: [nvda, amd] });
}

/** A book on paper, with what the blocks of a page say. */
function configOf(page: string, port: number): object {
  const config: Record<string, unknown> = {
    mode: 'paper',
    broker: { port },
    books: [{ symbol: 'NVDA' }],
  };
  const blocks = page === '' ? [] : blocksOf(page, 'yaml');
  for (const [section, value] of blocks.flatMap((block) => Object.entries(parse(block)))) {
    const before = config[section];
    config[section] = Array.isArray(value)
      ? value
      : { ...(before as object), ...(value as object) };
  }
  return config;
}

/** A database server of the reader's own. */
async function databaseOf({ dir }: Desk): Promise<string> {
  const server = { dataDir: join(dir, 'server'), mono, log: silentLog };
  return (await startEmbeddedPostgres(server)).url;
}

/** An address that takes what is posted to it. */
async function receiver(): Promise<string> {
  const server = createServer((_, response) => response.end('ok'));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}`;
}
