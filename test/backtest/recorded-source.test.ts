import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { openSource } from '../../src/backtest/source.ts';
import { tradingSession } from '../../src/domain/calendar.ts';
import type { StockContract } from '../../src/domain/contract.ts';
import { Fault } from '../../src/fault.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { openRecording } from '../../src/store/recording.ts';
import { tempDir } from '../support/temp-dir.ts';

const DAY = '20260803';
const OPEN = tradingSession(DAY)?.open ?? Number.NaN;
const CLOSE = tradingSession(DAY)?.close ?? Number.NaN;

function stock(symbol: string, conId: number): StockContract {
  const listed = { exchange: 'SMART', primaryExchange: 'NYSE', currency: 'USD' };
  return { secType: 'STK', symbol, conId, ...listed };
}

/** Two underlyings, from the evening before to the evening, as a daemon records them. */
function record(): string {
  const dir = join(tempDir('recorded-source'), 'set');
  const recording = openRecording({
    ...{ dir, intervalMs: 5000, source: 'test', fileBytes: 1e9, daysKept: null },
  });
  recording.addInstrument({ contract: stock('ACME', 1), previousClose: 99 });
  recording.addInstrument({ contract: stock('OTHER', 2), previousClose: 50 });
  const times = [OPEN - 12 * 3_600_000, OPEN - 60_000, OPEN, OPEN + 5000, CLOSE, CLOSE + 60_000];
  for (const ts of times) {
    for (const conId of [1, 2]) {
      recording.add({ ts, conId, bid: 1e6, ask: 1e6 + 100, bidSize: 1, askSize: 1, last: -1 });
    }
  }
  recording.close();
  return dir;
}

const open = (dir: string, symbol: string) =>
  openSource({
    ...{ dir, symbol, from: DAY, to: null, resolution: 'minute', dates: null },
    mono: new VirtualClock(),
  });

describe('a recording as the source of a run', () => {
  it('is the quotes of one underlying, from the night before the open to the close', async () => {
    const source = await open(record(), 'acme');
    const events: number[] = [];
    for await (const { ts, conId } of source.tape.events()) {
      assert.equal(conId, 1);
      events.push(ts - OPEN);
    }
    // What stands at the open was quoted before it; the run begins at the open all the same.
    assert.deepEqual(events, [-60_000, 0, 5000, CLOSE - OPEN]);
    assert.equal(source.start, OPEN);
    assert.equal(source.barMs, 5000);
    assert.deepEqual(
      source.tape.instruments.map(({ contract }) => contract.symbol),
      ['ACME'],
    );
  });

  it('names what it has where it has no such underlying', async () => {
    await assert.rejects(
      () => open(record(), 'NONE'),
      (thrown) => thrown instanceof Fault && /ACME, OTHER/.test(thrown.remedy ?? ''),
    );
  });
});
