import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import type { Fact } from '../../src/protocol/facts.ts';
import { type Change, changesOf } from '../../src/store/fact-rows.ts';
import { TABLES } from '../../src/store/tables.ts';
import { CALL, SAMPLES, STOCK } from '../support/facts.ts';

const SOURCE = { journalId: 'ab12', sequence: 41 };

describe('a fact becomes rows', () => {
  it('of every kind, and every table is reached', () => {
    const tables = Object.values(SAMPLES).flatMap((fact) =>
      changesOf(fact, SOURCE).map((change) => (change.kind === 'row' ? change.table : change.kind)),
    );
    assert.deepEqual(new Set(tables), new Set([...Object.keys(TABLES), 'positions.clear']));
  });

  it('that fill exactly the columns of their tables', () => {
    for (const fact of Object.values(SAMPLES)) {
      for (const change of changesOf(fact, SOURCE)) {
        if (change.kind !== 'row') continue;
        const columns = Object.keys(TABLES[change.table].columns).sort();
        assert.deepEqual(Object.keys(change.row).sort(), columns, change.table);
      }
    }
  });

  it('with the record they come from, wall time, and trading time in seconds', () => {
    const row = onlyRow(SAMPLES.operation);
    assert.equal(row['journal_id'], 'ab12');
    assert.equal(row['sequence'], 41);
    assert.equal(row['ts'], 1_789_000_000.25);
    assert.equal(row['trading_ts'], 1_789_000_001);
    assert.equal(row['side'], 'SELL');
    assert.equal(row['quantity'], 112);
  });

  it('without a trading time while the broker’s time is not known', () => {
    // NaN goes into the journal as null, and comes out as that.
    const fact = { ...SAMPLES.operation, tradingTs: null as unknown as number };
    assert.equal(onlyRow(fact)['trading_ts'], null);
    assert.equal(onlyRow({ ...SAMPLES.operation, tradingTs: Number.NaN })['trading_ts'], null);
  });

  it('of a book in the place of its slot, and in the history', () => {
    const changes = changesOf({ ...SAMPLES.status, slot: 2 }, SOURCE);
    assert.deepEqual(
      changes.map((change) => change.kind === 'row' && [change.table, change.row['id']]),
      [
        ['status_current', 3],
        ['status_history', undefined],
      ],
    );
  });

  it('of a command to the whole: who asked, and an operation without a symbol', () => {
    const of = (more: object) => changesOf({ ...SAMPLES.control, ...more }, SOURCE);
    const tables = (more: object) => of(more).map((one) => one.kind === 'row' && one.table);
    assert.deepEqual(tables({}), ['control_audit', 'operations']);
    // What a book did of it is among the book's operations; a preview did nothing.
    assert.deepEqual(tables({ symbol: 'NVDA' }), ['control_audit']);
    assert.deepEqual(tables({ message: 'dry run: would sell 3' }), ['control_audit']);
    const told = (more: object) => {
      const change = of(more)[1] ?? assert.fail('an operation');
      return change.kind === 'row' ? [change.row['type'], change.row['state_reason']] : [];
    };
    assert.deepEqual(told({}), ['control', 'suspend by api: suspended']);
    const refused = { ok: false, command: 'stop', message: 'already stopping' };
    assert.deepEqual(told(refused), ['control', 'stop by api, refused: already stopping']);
  });

  it('of an interval with its revaluation, where the move was too large for greeks', () => {
    const { attribution } = SAMPLES;
    const { kept } = attribution;
    const parts = { spot: 900, vol: -40, time: -12, rest: 1.5 };
    const rows = (until: number) => {
      const largeMove = { ...parts, from: attribution.from, until };
      const changes = changesOf({ ...attribution, kept: { ...kept, largeMove } }, SOURCE);
      return changes.flatMap((change) =>
        change.kind === 'row' && change.table === 'attributions'
          ? [['spot', 'vol', 'time', 'rest'].map((part) => change.row[`large_${part}`])]
          : [],
      );
    };
    const none = [null, null, null, null];
    assert.deepEqual(rows(kept.anchor.ts), [[900, -40, -12, 1.5], none]);
    // It is kept for the page until the next one comes: the intervals after it have none.
    assert.deepEqual(rows(kept.anchor.ts - 60_000), [none, none]);
  });

  it('of the whole engine only when it is suspended as a whole', () => {
    const tables = (symbol: string | null) =>
      changesOf({ ...SAMPLES.suspended, symbol }, SOURCE).map(
        (change) => change.kind === 'row' && change.table,
      );
    assert.deepEqual(tables(null), ['suspensions', 'daemon_run_status']);
    assert.deepEqual(tables('NVDA'), ['suspensions']);
  });

  it('of an account with numbers where its values are numbers', () => {
    const row = onlyRow(SAMPLES.account);
    assert.equal(row['net_liquidation'], 1000250.5);
    assert.equal(row['buying_power'], null);
    assert.equal(JSON.parse(String(row['summary_extra'])).BuyingPower, 'n/a');
  });

  it('of positions: all anew, or one that changed, or one that is gone', () => {
    const kinds = (fact: Fact) => changesOf(fact, SOURCE).map((change) => change.kind);
    assert.deepEqual(kinds(SAMPLES.positions), ['positions.clear', 'row', 'row']);
    const one = { ...SAMPLES.positions, whole: false };
    const gone = { contract: CALL, quantity: 0, avgCost: 0 };
    assert.deepEqual(kinds({ ...one, positions: [gone] }), ['position.remove']);
    const row = onlyRow({ ...one, positions: [{ contract: STOCK, quantity: 5, avgCost: 1 }] });
    assert.equal(row['contract_key'], 'NVDA|STK|||');
    assert.equal(row['strike'], null);
  });
});

function onlyRow(fact: Fact): Readonly<Record<string, unknown>> {
  const changes: readonly Change[] = changesOf(fact, SOURCE);
  assert.equal(changes.length, 1);
  const change = changes[0];
  assert.ok(change?.kind === 'row');
  return change.row;
}
