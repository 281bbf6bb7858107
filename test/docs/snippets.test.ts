/** Every block of a page is of a kind that something looks at, and is what it pretends to be. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { parse } from 'yaml';

import { readGrid } from '../../src/cli/sweep-grid.ts';
import { loadConfig } from '../../src/config/load.ts';
import { parseScenario } from '../../src/gateway/sim/scenario.ts';
import { prepareChain, priceChain, priceColumns } from '../../src/pricing/european-columns.ts';
import { solveColumns } from '../../src/pricing/iv-columns.ts';
import { allocateColumns, type OptionColumns, openKernel } from '../../src/pricing/kernel.ts';
import { blocksIn, blocksOf, READERS_PAGES } from '../support/docs/page-blocks.ts';
import { tempDir } from '../support/temp-dir.ts';

/** What looks at the other kinds; without a kind it is a picture made of letters. */
const LOOKED_AT: Readonly<Record<string, string>> = {
  '': 'a reader',
  sh: 'test/docs/commands.test.ts',
  text: 'test/docs/references.test.ts, for it is generated',
  yaml: 'this',
  sql: 'test/store/schema.test.ts',
  ts: 'this, and test/integration/docs-gate.test.ts',
  csv: 'test/integration/docs-walk.test.ts',
  mermaid: 'test/docs/references.test.ts, and this',
};
const ENV = {
  DATABASE_URL: 'postgresql://desk:5432/bifrost',
  SLACK_URL: 'https://desk/hook',
  NTFY_URL: 'https://desk/topic',
  TELEGRAM_URL: 'https://desk/bot',
};
/** What stands around a snippet in a file that has nothing else in it. */
const BOOK = { mode: 'paper', books: [{ symbol: 'NVDA' }] };
const WORLD = {
  start: '2026-09-14 10:00',
  accounts: [{ id: 'DU0000001', cash: 1000 }],
  underlyings: [{ symbol: 'NVDA', con_id: 1, name: 'N', price: 100, model: {} }],
};

const PRICING = {
  openKernel,
  allocateColumns,
  priceColumns,
  prepareChain,
  priceChain,
  solveColumns,
};

type Yaml = Readonly<Record<string, unknown>>;

describe('a block of', () => {
  it.each(READERS_PAGES)('%s is of a kind that is looked at', (page) => {
    for (const { kind } of blocksIn(page)) assert.ok(Object.hasOwn(LOOKED_AT, kind), kind);
  });

  it.each(READERS_PAGES.filter((page) => blocksOf(page, 'yaml').length > 0))(
    '%s is valid where it is configuration, a scenario or a grid',
    (page) => {
      for (const block of blocksOf(page, 'yaml')) judge(block, parse(block) as Yaml);
    },
  );

  it.each(READERS_PAGES.filter((page) => blocksOf(page, 'mermaid').length > 0))(
    '%s is a diagram',
    (page) => {
      for (const block of blocksOf(page, 'mermaid')) {
        assert.match(block, /^(stateDiagram-v2|flowchart (LR|TB)|sequenceDiagram)\n/);
      }
    },
  );
});

describe('the columns of the page of pricing', () => {
  it('are filled, priced and solved as it shows', () => {
    const [code = ''] = blocksOf('docs/pricing.md', 'ts');
    const market = { spot: 100, years: 0.25, rate: 0.05, dividendYield: 0 };
    const option = { ...market, strike: 105, sigma: 0.2 };
    // Between the example's lines, for it leaves out what an option is.
    const filled = 'for (const [name, value] of Object.entries(option)) columns[name][0] = value;';
    const body = code.replace(/^(columns\.sign.*)$/m, `$1\n${filled}`);
    const given = { ...PRICING, option, market, rows: 1 };
    const typed = new Function(...Object.keys(given), `${body}\nreturn columns;`);
    const columns: OptionColumns = typed(...Object.values(given));
    assert.ok(Math.abs((columns.price[0] ?? 0) - 2.47787) < 1e-4, `${columns.price[0]}`);
  });
});

/** By the keys that only its kind has. */
function judge(text: string, snippet: Yaml): void {
  const has = (key: string): boolean => Object.hasOwn(snippet, key);
  const file = join(tempDir('snippet'), 'snippet.yaml');
  if (has('scrape_configs')) {
    assert.deepEqual(Object.keys(snippet), ['scrape_configs', 'rule_files']);
  } else if (has('parameters')) {
    writeFileSync(file, text);
    assert.ok(Object.keys(readGrid(file).parameters).length > 0);
  } else if (has('faults') || has('accounts')) {
    parseScenario(has('accounts') ? snippet : { ...WORLD, ...snippet }, file);
  } else {
    writeFileSync(file, JSON.stringify({ ...BOOK, ...snippet }));
    loadConfig({ file, env: ENV, cwd: join(file, '..') });
  }
}
