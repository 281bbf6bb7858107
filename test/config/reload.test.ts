import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { reloadConfig } from '../../src/config/reload.ts';
import { type Config, configSchema, HOT_SECTIONS } from '../../src/config/schema.ts';

const parse = (more: object = {}): Config =>
  configSchema.parse({
    mode: 'simulated',
    books: [{ symbol: 'NVDA' }, { symbol: 'SPY' }],
    ...more,
  });

describe('a reload', () => {
  it('of the same file takes nothing and waits for nothing', () => {
    const reload = reloadConfig(parse(), parse());
    assert.deepEqual([reload.taken, reload.needsRestart], [[], []]);
    assert.deepEqual(reload.config, parse());
  });

  it('takes gates, hedging, greeks, order and recorder, key by key', () => {
    const next = parse({
      gates: { intent: { hedge: { cooldown_seconds: 5 } } },
      hedging: { trade_to: 'edge' },
      greeks: { volatility: 0.5 },
      order: { max_reprices: 1 },
      recorder: { enabled: true },
    });
    const reload = reloadConfig(parse(), next);
    assert.deepEqual([...reload.taken].sort(), [
      'gates.intent.hedge.cooldown_seconds',
      'greeks.volatility',
      'hedging.trade_to',
      'order.max_reprices',
      'recorder.enabled',
    ]);
    assert.deepEqual(reload.needsRestart, []);
    assert.deepEqual(reload.config, next);
    assert.deepEqual(
      HOT_SECTIONS.filter((name) => !reload.taken.some((key) => key.startsWith(`${name}.`))),
      [],
    );
  });

  it('takes what a book overrides and whether it is hedged, and keeps its contract', () => {
    const next = parse({
      books: [
        { symbol: 'NVDA', strategy_enabled: false, con_id: 7 },
        { symbol: 'SPY', overrides: { hedging: { trade_to: 'edge' } } },
      ],
    });
    const { taken, needsRestart, config } = reloadConfig(parse(), next);
    assert.deepEqual(taken, ['books.0.strategy_enabled', 'books.1.overrides.hedging']);
    assert.deepEqual(needsRestart, ['books.0.con_id']);
    const [first, second] = config.books;
    assert.deepEqual([first?.strategy_enabled, first?.con_id], [false, null]);
    assert.deepEqual(second?.overrides, { hedging: { trade_to: 'edge' } });
  });

  it('leaves what needs a restart as it runs, and names it', () => {
    const next = parse({ api: { port: 9000 }, broker: { client_id: 5 }, order: { tif: 'DAY' } });
    const { taken, needsRestart, config } = reloadConfig(parse(), next);
    assert.deepEqual(taken, ['order.tif']);
    assert.deepEqual(needsRestart, ['broker.client_id', 'api.port']);
    assert.deepEqual([config.api, config.broker], [parse().api, parse().broker]);
  });

  it('keeps the books of a file that has others', () => {
    const next = parse({ books: [{ symbol: 'SPY', strategy_enabled: false }] });
    const { needsRestart, config } = reloadConfig(parse(), next);
    assert.deepEqual(needsRestart, ['books']);
    assert.deepEqual(config.books, parse().books);
  });
});
