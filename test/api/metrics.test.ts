import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Api } from '../../src/api/server.ts';
import { Fault } from '../../src/fault.ts';
import { METRICS } from '../../src/metrics/metrics.ts';
import { attributionView } from '../../src/protocol/attribution-view.ts';
import type { EngineMetrics } from '../../src/protocol/engine-metrics.ts';
import { openStages, STAGE_NAMES } from '../../src/protocol/stages.ts';
import type { ActorView, BookView, StatusView } from '../../src/protocol/views.ts';
import { ask, BOOK, FakeEngine, STATUS, startFakeApi } from './fixture.ts';

let engine: FakeEngine;
let api: Api;
beforeEach(async () => {
  engine = new FakeEngine();
  api = await startFakeApi(engine);
});
afterEach(() => api.close());

const ACTOR: ActorView = {
  ...{ id: 'greeks', kind: 'actor', supervisor: 'root', placement: 'market', state: 'running' },
  ...{
    since: 1_700_000_000,
    restarts: 0,
    mailbox_depth: 1,
    mailbox_high: 2,
    messages: 3,
    messages_per_second: 0,
  },
  ...{ dropped: 0, refused: 0, dead_letters: 0, last_dead_letter: null, dead_letter_samples: [] },
  ...{ event_loop_use: 0.1, last_error: null, last_error_stack: null },
};

function counted(): EngineMetrics {
  const stages = openStages();
  for (const stage of STAGE_NAMES) stages.record(stage, 1);
  const views = STAGE_NAMES.map((name, index) => [name, stages.histograms.read(index)] as const);
  return {
    stages: Object.fromEntries(views) as EngineMetrics['stages'],
    turns: [{ labels: ['evaluation'], count: 12 }],
    operations: [{ labels: ['NVDA', 'reject'], count: 3 }],
    transitions: [{ labels: ['daemon', 'running'], count: 1 }],
    gateBlocks: [{ labels: ['NVDA', 'cooldown'], count: 7 }],
    waiting: 0,
    tapeLost: 0,
    unshippedBytes: 4096,
  };
}

async function scrape(): Promise<string> {
  const { status, headers, text } = await ask(api, '/metrics');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  return text;
}

describe('a scrape', () => {
  it('tells of engine, books, process and what was counted', async () => {
    engine.metrics = counted();
    const text = await scrape();
    const book = '{book="NVDA",account="DU1"}';
    for (const line of [
      'bifrost_build{version="9.9.9",mode="simulated"} 1',
      'bifrost_lamp 0',
      'bifrost_broker_connected 1',
      `bifrost_book_net_delta_shares${book} -3.2`,
      `bifrost_book_trigger_high_shares${book} 25`,
      `bifrost_book_pnl_today_dollars${book} -12.5`,
      `bifrost_book_data_lag_seconds${book} 0.003`,
      'bifrost_gate_open{book="NVDA",group="state",gate="in_band"} 0',
      'bifrost_gate_blocks_total{book="NVDA",gate="cooldown"} 7',
      'bifrost_operations_total{book="NVDA",type="reject"} 3',
      'bifrost_turns_total{kind="evaluation"} 12',
      'bifrost_stage_seconds_bucket{stage="order",le="0.001"} 1',
      'bifrost_stage_seconds_count{stage="tick"} 1',
      'bifrost_database_lag_bytes 4096',
      'bifrost_machine_state{machine="hedge:NVDA",state="EXEC_IDLE"} 1',
    ]) {
      assert(text.includes(`\n${line}\n`), `${line} in\n${text}`);
    }
    assert.match(text, /\nbifrost_process_resident_bytes \d{7,}\n/);
  });

  it('is red, and still told, while the engine cannot be read', async () => {
    engine.status = () => {
      throw new Fault('actor_down', 'it is gone');
    };
    assert.match(await scrape(), /\nbifrost_lamp 2\n/);
  });

  it('is of the format: each family once, named by convention, each line a number', async () => {
    engine.metrics = counted();
    const text = await scrape();
    const families = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)];
    assert.equal(new Set(families.map(([, name]) => name)).size, families.length);
    for (const [, name = '', type] of families) {
      assert.match(name, /^bifrost_[a-z_]+$/);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
    }
    for (const line of text.split('\n')) {
      if (line === '' || line.startsWith('# ')) continue;
      assert.match(line, /^[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? (-?[\d.e+-]+|[+-]Inf|NaN)$/);
    }
  });
});

const panels = z.object({
  panels: z.array(z.object({ targets: z.array(z.object({ expr: z.string() })) })),
  templating: z.object({ list: z.array(z.object({ query: z.string() })) }),
});
const rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.object({ severity: z.enum(['page', 'warn']) }),
          annotations: z.strictObject({ summary: z.string(), action: z.string() }),
        }),
      ),
    }),
  ),
});

/** Names of ours in an expression, with the labels that it selects or groups by. */
function named(expr: string): readonly string[] {
  return [...expr.matchAll(/\bbifrost_\w+/g)].map(([name]) => name);
}

function file(path: string): string {
  return readFileSync(new URL(`../../config/${path}`, import.meta.url), 'utf8');
}

describe('the dashboard and the alert rules', () => {
  const board = panels.parse(JSON.parse(file('grafana/bifrost.json')));
  const { groups } = rules.parse(parse(file('prometheus/rules.yaml')));
  const expressions = [
    ...board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...board.templating.list.map(({ query }) => query),
    ...groups.flatMap((group) => group.rules.map(({ expr }) => expr)),
  ];

  it('name metrics that there are, each of which a scrape can tell', async () => {
    engine.metrics = counted();
    const recorder = {
      state: 'recording',
      ...{ reason: '', dir: 'd', rows: 1, waiting: 0, files: 1, bytes: 1 },
      ...{ last_ts: 1, lag_ms: 1, delayed: 0 },
      skipped: { overrun: 0, unwritable: 0, undated: 0, unwatched: 0 },
    } satisfies StatusView['recorder'];
    const alerts = [{ id: 'unhedged_exposure', symbol: 'NVDA', since: 1, text: 'x', values: {} }];
    const zeros = Object.keys(attributionView.unwrap().shape).map((part) => [part, 0]);
    const attribution = Object.fromEntries(zeros) as NonNullable<BookView['attribution']>;
    engine.status = () => ({ ...STATUS, recorder, alerts, books: [{ ...BOOK, attribution }] });
    await api.close();
    const reads = { ...engine.ports().reads, actors: () => [ACTOR] };
    api = await startFakeApi(engine, { reads });
    const told = new Set([...(await scrape()).matchAll(/^(\w+)[{ ]/gm)].map(([, name]) => name));
    const known = new Set(METRICS.map(({ name }) => name));
    const names = new Set(expressions.flatMap(named));
    assert(names.size > 25, `${names.size} names`);
    for (const name of names) {
      const family = name.replace(/_(bucket|sum|count)$/, '');
      assert(known.has(name) || known.has(family), `${name} is no metric`);
    }
    assert.deepEqual(
      [...names].filter((name) => !told.has(name)),
      [],
    );
  });

  it('select by labels that their metrics have', () => {
    const labels = new Map(METRICS.map(({ name, labels: of }) => [name, of]));
    for (const expr of expressions) {
      for (const [, name = '', inner = ''] of expr.matchAll(/\b(bifrost_\w+)\{([^}]*)\}/g)) {
        const known = labels.get(name) ?? labels.get(name.replace(/_bucket$/, '')) ?? [];
        for (const [, label = ''] of inner.matchAll(/(\w+)\s*[=!]/g)) {
          assert(known.includes(label), `${name} has no label ${label}`);
        }
      }
    }
  });
});
