import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import {
  foreignShares,
  type PositionOutcome,
  type PositionReview,
  reviewPosition,
} from '../../src/domain/positions.ts';

const review = (patch: Partial<PositionReview>): PositionOutcome =>
  reviewPosition({
    owned: -112,
    accountShares: -112,
    knownForeign: 0,
    settled: true,
    hasLegs: true,
    ledgerKnown: true,
    foreignExecutions: 0,
    optionEvents: 0,
    unknownOwnExecId: null,
    lastForeign: null,
    lastForeignToday: true,
    doubted: null,
    unresolvedRest: 0,
    ...patch,
  });
const kind = (patch: Partial<PositionReview>): string => review(patch).kind;

describe('the account position', () => {
  it('is explained as ours plus foreign', () => {
    assert.equal(foreignShares(-112, 188), 300);
    assert.deepEqual(review({}), { kind: 'explained', foreign: 0 });
    assert.deepEqual(review({ accountShares: 188, knownForeign: 300 }), {
      kind: 'explained',
      foreign: 300,
    });
  });

  it('is not judged before it is known and settled', () => {
    assert.equal(kind({ accountShares: null }), 'waiting');
    assert.equal(kind({ accountShares: 7, settled: false, doubted: 119 }), 'waiting');
  });

  it('changes by the trades of others, and hedging goes on', () => {
    assert.deepEqual(review({ owned: 0, accountShares: 50, foreignExecutions: 50 }), {
      kind: 'foreign_change',
      from: 0,
      to: 50,
    });
    assert.equal(kind({ accountShares: -162, foreignExecutions: -50 }), 'foreign_change');
    assert.equal(kind({ accountShares: -212, optionEvents: -100 }), 'foreign_change');
  });

  it('is read again before an unexplained difference is judged', () => {
    assert.deepEqual(review({ accountShares: -162 }), { kind: 'reread', unexplained: -50 });
    assert.equal(kind({ accountShares: -162, doubted: -50 }), 'position_break');
    const more = { accountShares: -162, foreignExecutions: -49 };
    assert.equal(kind({ ...more, doubted: -1 }), 'position_break');
    // Another difference than the one before: somebody trades while the account is read.
    assert.deepEqual(review({ ...more, doubted: -50 }), { kind: 'reread', unexplained: -1 });
  });

  it('breaks when somebody closes our shares by hand', () => {
    assert.equal(kind({ accountShares: 0, foreignExecutions: 112 }), 'position_break');
    assert.equal(kind({ accountShares: -100, foreignExecutions: 12 }), 'position_break');
    assert.equal(kind({ accountShares: 10, foreignExecutions: 122 }), 'position_break');
    assert.equal(kind({ owned: 50, accountShares: 49, foreignExecutions: -1 }), 'position_break');
  });

  it('does not break because foreign shares outweigh ours', () => {
    const outweighed = { accountShares: 188, knownForeign: 300 };
    assert.equal(kind(outweighed), 'explained');
    // Others sell some of theirs: not against ours, which are short.
    assert.equal(
      kind({ ...outweighed, accountShares: 138, foreignExecutions: -50 }),
      'foreign_change',
    );
  });

  it('breaks on a first look that contradicts what is ours', () => {
    assert.equal(kind({ knownForeign: null, accountShares: 0 }), 'position_break');
    assert.equal(kind({ knownForeign: null, accountShares: -111 }), 'position_break');
    assert.equal(kind({ knownForeign: null, accountShares: -112 }), 'explained');
  });

  it('breaks on an execution with our reference that the journal does not know', () => {
    assert.equal(kind({ unknownOwnExecId: 'x.01', settled: false }), 'position_break');
  });

  it('is unconfirmed at a first start beside shares that nobody recorded', () => {
    const first = { owned: 0, ledgerKnown: false, knownForeign: null };
    assert.equal(kind({ ...first, accountShares: -112 }), 'ownership_unconfirmed');
    assert.equal(kind({ ...first, accountShares: 0 }), 'explained');
    assert.equal(kind({ ...first, accountShares: -112, hasLegs: false }), 'explained');
    assert.equal(kind({ ...first, accountShares: -112, ledgerKnown: true }), 'explained');
  });

  it('is unconfirmed when an order unresolved across midnight fits', () => {
    const night = { accountShares: -162, unresolvedRest: -50 };
    assert.equal(kind(night), 'reread');
    const seen = (accountShares: number) =>
      kind({ ...night, accountShares, doubted: accountShares + 112 });
    assert.equal(seen(-162), 'ownership_unconfirmed');
    assert.equal(seen(-163), 'position_break');
    assert.equal(seen(-132), 'ownership_unconfirmed');
    assert.equal(seen(-111), 'position_break');
  });

  it('is unconfirmed at a first look too, by what the session before had explained', () => {
    const night = { knownForeign: null, unresolvedRest: -50, lastForeign: -300 };
    assert.equal(kind({ ...night, accountShares: -462, doubted: -50 }), 'ownership_unconfirmed');
    assert.equal(kind({ ...night, accountShares: -412 }), 'explained');
    const traded = { ...night, accountShares: -462, foreignExecutions: -50 };
    assert.equal(kind(traded), 'foreign_change');
  });

  it('takes fractional shares of others as they are', () => {
    assert.equal(kind({ owned: 0, accountShares: 0.1 + 0.2, knownForeign: 0.3 }), 'explained');
  });
});
