import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import {
  type LegContext,
  type LegReview,
  type OptionHolding,
  type OutsiderReason,
  reviewLegs,
} from '../../src/domain/legs.ts';
import type { StructureSettings } from '../../src/domain/settings.ts';
import { MAX_LEGS } from '../../src/limits.ts';
import { bookSettings, heldLeg, NOW, optionContract } from '../support/book.ts';

const STRUCTURE = bookSettings().gates.strategy.structure;
const holding = (
  contract: Partial<Parameters<typeof optionContract>[0]> = {},
  quantity = 10,
): OptionHolding => ({ contract: optionContract(contract), quantity });

function context(
  patch: Partial<LegContext> = {},
  structure: Partial<StructureSettings> = {},
): LegContext {
  return {
    now: NOW,
    structure: { ...STRUCTURE, ...structure },
    symbol: 'SPY',
    underlyingConId: 1001,
    spot: 450,
    confirmed: new Set(),
    excluded: new Set(),
    gone: [],
    ...patch,
  };
}

const join = (one: OptionHolding, where: LegContext = context()): LegReview =>
  reviewLegs([], [one], where);

function refused(one: OptionHolding, where: LegContext = context()): OutsiderReason | undefined {
  const { joined, outsiders } = join(one, where);
  assert.equal(joined.length, 0);
  return outsiders[0]?.reason;
}

describe('an option position joins', () => {
  it('when its underlying, days and strike fit', () => {
    const { legs, joined, outsiders } = join(holding());
    assert.deepEqual(legs, joined);
    assert.deepEqual(legs, [
      { contract: optionContract(), quantity: 10, joinedAt: NOW, changedAt: NOW },
    ]);
    assert.deepEqual(outsiders, []);
  });

  it('at the edges of the window, and not beyond', () => {
    // 21 and 35 calendar days from 3 August; 3 % of 450 is 13.5.
    for (const expiry of ['20230824', '20230907']) {
      assert.equal(join(holding({ expiry })).joined.length, 1);
    }
    for (const strike of [436.5, 463.5]) assert.equal(join(holding({ strike })).joined.length, 1);
    assert.equal(refused(holding({ expiry: '20230823' })), 'dte_below_min');
    assert.equal(refused(holding({ expiry: '20230908' })), 'dte_above_max');
    assert.equal(refused(holding({ strike: 463.6 })), 'outside_atm_band');
    assert.equal(refused(holding({ strike: 436.4 })), 'outside_atm_band');
    assert.equal(refused(holding({ expiry: '20230802' })), 'expired');
  });

  it('not before spot is known', () => {
    assert.equal(refused(holding(), context({ spot: Number.NaN })), 'spot_unknown');
  });

  it('by the contract id of its underlying, by symbol only where that is unknown', () => {
    assert.deepEqual(join(holding({ underlyingConId: 9 })).outsiders, []);
    assert.equal(join(holding({ underlyingConId: 9 })).legs.length, 0);
    assert.equal(join(holding({ underlyingConId: 0 })).joined.length, 1);
    assert.equal(join(holding({ underlyingConId: 0, symbol: 'QQQ' })).legs.length, 0);
    assert.equal(join(holding({ symbol: 'SPY1' })).joined.length, 1);
  });

  it('once the operator has confirmed it, where that is asked', () => {
    const asks = { membership: 'confirm' } as const;
    const { proposed, outsiders, legs } = join(holding(), context({}, asks));
    assert.deepEqual([proposed.length, legs.length], [1, 0]);
    assert.equal(outsiders[0]?.reason, 'awaits_confirmation');
    const confirmed = context({ confirmed: new Set([2001]) }, asks);
    assert.equal(join(holding(), confirmed).joined.length, 1);
    assert.equal(refused(holding({ strike: 500 }), confirmed), 'outside_atm_band');
  });

  it('whatever the window when the configuration includes it, and never when excluded', () => {
    const far = holding({ strike: 600 });
    const include = { include: [2001], membership: 'confirm' } as const;
    assert.equal(join(far, context({}, include)).joined.length, 1);
    assert.equal(refused(far, context({}, { ...include, exclude: [2001] })), 'excluded');
    assert.equal(refused(holding(), context({ excluded: new Set([2001]) })), 'excluded');
  });

  it('while the book has room', () => {
    const many = Array.from({ length: MAX_LEGS + 1 }, (_, n) => holding({ conId: 3000 + n }));
    const { legs, outsiders } = reviewLegs([], many, context());
    assert.equal(legs.length, MAX_LEGS);
    assert.deepEqual(
      outsiders.map(({ reason }) => reason),
      ['book_full'],
    );
  });

  it('not without a quantity', () => {
    assert.deepEqual(join(holding({}, 0)).legs, []);
  });
});

describe('a member', () => {
  const member = heldLeg({ quantity: 10 });
  const keep = (one: OptionHolding, where: LegContext): LegReview =>
    reviewLegs([member], [one], where);

  it('stays when time or spot leave the window', () => {
    const later = context({ now: NOW + 20 * 86_400_000, spot: 600 });
    const { legs, left, changed } = keep(holding(), later);
    assert.deepEqual([legs, left, changed], [[member], [], []]);
  });

  it('leaves when the position is gone', () => {
    const gone = reviewLegs([member], [], context());
    assert.deepEqual(gone.left, [{ leg: member, reason: 'position_gone' }]);
    assert.deepEqual(gone.legs, []);
    assert.equal(keep(holding({}, 0), context()).left[0]?.reason, 'position_gone');
  });

  it('follows the quantity, and remembers when it changed', () => {
    const { legs, changed } = keep(holding({}, -4), context());
    assert.deepEqual(legs, [{ ...member, quantity: -4, changedAt: NOW }]);
    assert.deepEqual(changed, [{ leg: legs[0], from: 10 }]);
  });

  it('leaves by the filter when selection is strict, with a fifth of slack', () => {
    const strict = (spot: number): LegReview =>
      keep(holding(), context({ spot }, { selection: 'strict' }));
    assert.equal(strict(434.5).legs.length, 1);
    const out = strict(434.2);
    assert.equal(out.left[0]?.reason, 'outside_window');
    assert.equal(out.outsiders[0]?.reason, 'outside_atm_band');
    assert.equal(strict(Number.NaN).legs.length, 1);
    const days = (n: number): LegReview =>
      keep(holding(), context({ now: NOW + n * 86_400_000 }, { selection: 'strict' }));
    assert.equal(days(12).legs.length, 1);
    assert.equal(days(13).outsiders[0]?.reason, 'dte_below_min');
  });

  it('leaves when the operator excludes it', () => {
    const out = keep(holding(), context({ excluded: new Set([2001]) }));
    assert.equal(out.left[0]?.reason, 'excluded');
    assert.equal(out.outsiders[0]?.reason, 'excluded');
  });

  it('whose terms changed is pointed out', () => {
    for (const patch of [{ strike: 225 }, { multiplier: 200 }, { tradingClass: 'SPY1' }]) {
      const { altered, legs } = keep(holding(patch), context());
      assert.equal(altered.length, 1);
      assert.equal(legs.length, 1);
    }
    assert.deepEqual(
      keep(holding({ localSymbol: 'SPY   230901C00450000' }), context()).altered,
      [],
    );
  });

  it('that stands under another contract id after a split or a spin-off is pointed out', () => {
    const replaced = (patch: Parameters<typeof holding>[0], quantity: number) =>
      reviewLegs([member], [holding({ conId: 2002, ...patch }, quantity)], context());
    const { quantity } = member;
    for (const review of [
      replaced({ strike: 225 }, 2 * quantity),
      replaced({ multiplier: 150 }, quantity),
      replaced({ tradingClass: 'SPY1' }, quantity),
    ]) {
      assert.deepEqual(review.altered, [member]);
    }
    // Positions are told one by one: the leg may have gone before its successor shows.
    const later = (gone: readonly OptionHolding[]) =>
      reviewLegs([], [holding({ conId: 2002, strike: 225 }, 2 * quantity)], context({ gone }));
    assert.deepEqual(later([member]).altered, [member]);
    assert.deepEqual(later([]).altered, []);
    // Rolled by hand, or another option altogether.
    assert.deepEqual(replaced({ strike: 460 }, quantity).altered, []);
    assert.deepEqual(replaced({ strike: 225, right: 'P' }, 2 * quantity).altered, []);
    assert.deepEqual(replaced({ tradingClass: 'SPY1' }, -quantity).altered, []);
  });

  it('never begins with a deliverable that was adjusted', () => {
    assert.equal(refused(holding({ tradingClass: 'SPY1' })), 'adjusted_deliverable');
    const included = context({}, { include: [2001] });
    assert.equal(refused(holding({ tradingClass: 'SPY1' }), included), 'adjusted_deliverable');
    assert.equal(join(holding({ tradingClass: 'SPYW' })).joined.length, 1);
  });

  it('keeps its place; who joins comes last', () => {
    const other = heldLeg({ contract: optionContract({ conId: 2002 }) });
    const holdings = [holding({ conId: 2003 }), holding({ conId: 2002 }, 100), holding()];
    const { legs } = reviewLegs([member, other], holdings, context());
    assert.deepEqual(
      legs.map(({ contract }) => contract.conId),
      [2001, 2002, 2003],
    );
  });
});

it('every reason to stay outside has been given', () => {
  const asks = { membership: 'confirm' } as const;
  const many = Array.from({ length: MAX_LEGS + 1 }, (_, n) => holding({ conId: 3000 + n }));
  const reviews = [
    join(holding({ expiry: '20230802' })),
    join(holding({ expiry: '20230823' })),
    join(holding({ expiry: '20230908' })),
    join(holding({ strike: 500 })),
    join(holding({ tradingClass: 'SPY1' })),
    join(holding(), context({ spot: Number.NaN })),
    join(holding(), context({}, asks)),
    join(holding(), context({ excluded: new Set([2001]) })),
    reviewLegs([], many, context()),
  ];
  const all: Readonly<Record<OutsiderReason, true>> = {
    adjusted_deliverable: true,
    awaits_confirmation: true,
    book_full: true,
    dte_above_max: true,
    dte_below_min: true,
    excluded: true,
    expired: true,
    outside_atm_band: true,
    spot_unknown: true,
  };
  const seen = new Set(reviews.flatMap(({ outsiders }) => outsiders.map(({ reason }) => reason)));
  assert.deepEqual([...seen].sort(), Object.keys(all));
});
