import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { chooseStrikes, isPassed, type SmileStrike } from '../../src/pricing/smile-strikes.ts';

const LISTED = Array.from({ length: 121 }, (_, index) => 390 + index);
const MONTH = 30 / 365;
const CHOICE = {
  ...{ spot: 451, listed: LISTED, held: [], perSide: 4, volatility: 0.16, years: MONTH },
};

const spots = fc.double({ min: 400, max: 500, noNaN: true });
const anything = fc.record({
  spot: spots,
  listed: fc.uniqueArray(fc.integer({ min: 380, max: 520 }), { maxLength: 60 }),
  held: fc.array(
    fc.record({
      strike: fc.integer({ min: 380, max: 520 }),
      right: fc.constantFrom('C' as const, 'P' as const),
    }),
    { maxLength: 5 },
  ),
  perSide: fc.integer({ min: 0, max: 8 }),
  volatility: fc.double({ min: 0.01, max: 5, noNaN: true }),
  years: fc.double({ min: 0, max: 2, noNaN: true }),
});

const text = (chosen: readonly SmileStrike[]): string =>
  chosen.map(({ strike, right }) => `${strike}${right}`).join(' ');

describe('the strikes of a smile', () => {
  it('are spread over an ordinary move, puts below the money and calls above', () => {
    assert.equal(text(chooseStrikes(CHOICE)), '448P 454C 442P 460C 436P 466C 431P 472C');
  });

  it('reach beyond the legs that are further out, and are none of them', () => {
    const held = [
      { strike: 421, right: 'P' },
      { strike: 454, right: 'C' },
    ] as const;
    const chosen = chooseStrikes({ ...CHOICE, held });
    const strikes = chosen.map(({ strike }) => strike);
    assert.ok(Math.min(...strikes) < 421, text(chosen));
    assert.ok(!text(chosen).includes('421P') && !text(chosen).includes('454C'), text(chosen));
  });

  it('are those next to the money where strikes are few', () => {
    assert.equal(
      text(chooseStrikes({ ...CHOICE, listed: [440, 450, 460, 470, 480] })),
      '450P 460C 440P 470C 480C',
    );
  });

  it('are out of the money, listed, not held, each once, and no more than were asked for', () => {
    fc.assert(
      fc.property(anything, (choice) => {
        const chosen = chooseStrikes(choice);
        const { spot, listed, held, perSide } = choice;
        for (const right of ['C', 'P'] as const) {
          const side = chosen.filter((one) => one.right === right);
          const free = listed.filter(
            (strike) =>
              strike >= spot === (right === 'C') &&
              !held.some((leg) => leg.strike === strike && leg.right === right),
          );
          assert.equal(side.length, Math.min(perSide, free.length));
          assert.equal(new Set(side.map(({ strike }) => strike)).size, side.length);
          assert.ok(side.every(({ strike }) => free.includes(strike)));
        }
        assert.ok(chosen.length === 0 || !isPassed(chosen, spot));
      }),
    );
  });

  it('stand while the spot goes to and fro over one of them, and not over two', () => {
    fc.assert(
      fc.property(spots, fc.boolean(), (spot, isUp) => {
        const chosen = chooseStrikes({ ...CHOICE, spot });
        const ahead = chosen
          .filter(({ right }) => right === (isUp ? 'C' : 'P'))
          .map(({ strike }) => strike);
        const beyond = (strike: number): number => strike + (isUp ? 0.01 : -0.01);
        const [first = 0, second = 0] = ahead;
        assert.equal(isPassed(chosen, beyond(first)), false);
        assert.equal(isPassed(chosen, beyond(second)), true);
        // What is chosen there stands on the way back over the same strike.
        const next = chooseStrikes({ ...CHOICE, spot: beyond(second) });
        assert.equal(isPassed(next, second - (isUp ? 0.01 : -0.01)), false);
      }),
    );
  });
});
