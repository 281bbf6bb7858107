import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Calibration } from '../../src/backtest/calibration.ts';
import { tradingSession } from '../../src/domain/calendar.ts';
import { optionOf } from './support/world.ts';

const DAYS = ['20230803', '20230804', '20230807'];
const CALL = optionOf('20230901', 100, 'C');
const LATE = optionOf('20231020', 100, 'P');

const open = (day = DAYS[0] ?? ''): number => tradingSession(day)?.open ?? Number.NaN;
const near = (value: number | undefined, wanted: number) =>
  assert(Math.abs((value ?? Number.NaN) - wanted) < 1e-9, `${value}, not ${wanted}`);

describe('the calibration of implied volatility', () => {
  it('finds the volatility of a known path, over open time', () => {
    const calibration = new Calibration();
    const held = [{ contract: CALL, quantity: 10, sigma: 0.25 }];
    // A whole session in 390 moves of one size: its variance is known.
    const move = 0.2 / Math.sqrt(252 * 390);
    for (let minute = 0; minute <= 390; minute += 1) {
      const spot = 100 * Math.exp(minute % 2 === 0 ? 0 : move);
      calibration.look(open() + minute * 60_000, spot, held);
    }
    const [only, none] = calibration.summary();
    assert.equal(none, undefined);
    assert.deepEqual([only?.from_dte, only?.to_dte, only?.positions], [21, 35, 1]);
    near(only?.implied, 0.25);
    near(only?.realised, 0.2);
    near(only?.ratio, 0.64);
    near(only?.sessions, 1);
  });

  it('counts the move of a night, and no time of its own for it', () => {
    const calibration = new Calibration();
    const held = [{ contract: CALL, quantity: -1, sigma: 0.3 }];
    const gap = Math.log(1.01);
    calibration.look(open(DAYS[0]), 100, held);
    calibration.look(open(DAYS[1]), 101, held);
    calibration.look(open(DAYS[2]), 101, held);
    const [only] = calibration.summary();
    near(only?.sessions, 2);
    near(only?.realised, Math.sqrt((gap ** 2 / 2) * 252));
  });

  it('keeps each tenor and each position apart, from entry to exit', () => {
    const calibration = new Calibration();
    const at = (minute: number) => open() + minute * 60_000;
    const call = { contract: CALL, quantity: 1, sigma: 0.2 };
    const late = { contract: LATE, quantity: 3, sigma: 0.4 };
    calibration.look(at(0), 100, [call]);
    calibration.look(at(60), 102, [call, late]);
    calibration.look(at(120), 102, [late]);
    calibration.look(at(180), 100, [late]);
    const [soon, far] = calibration.summary();
    assert.deepEqual([soon?.from_dte, far?.from_dte, far?.to_dte], [21, 61, null]);
    near(soon?.realised, Math.sqrt((Math.log(1.02) ** 2 / (120 / 390)) * 252));
    near(far?.realised, Math.sqrt((Math.log(1.02) ** 2 / (120 / 390)) * 252));
    near(far?.implied, 0.4);
  });

  it('says nothing of what had no volatility when it was entered, or was never held', () => {
    const calibration = new Calibration();
    calibration.look(open(), 100, [{ contract: CALL, quantity: 1, sigma: 0 }]);
    calibration.look(open() + 3_600_000, 101, []);
    assert.deepEqual(calibration.summary(), []);
  });
});
