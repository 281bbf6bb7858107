import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { type FlattenAccount, planFlatten } from '../../src/domain/flatten.ts';

const account = (told: number | null, more: Partial<FlattenAccount> = {}): FlattenAccount => ({
  told,
  booked: told,
  inDoubt: false,
  ...more,
});

type Row = readonly [
  what: string,
  owned: number,
  account: FlattenAccount,
  quantity: number,
  needsAdopt: number,
];

const ROWS: readonly Row[] = [
  ['a long position is sold', 100, account(100), -100, 0],
  ['a short position is bought back', -100, account(-100), 100, 0],
  ['nothing is owned', 0, account(100), 0, 0],
  ['the account is not known', 100, account(null, { booked: 100 }), 0, 0],
  ['others hold as much again on the other side', 100, account(50), -100, 0],
  ['the account would end with more than before', 100, account(30), -60, 40],
  ['the same of a short position', -100, account(-30), 60, -40],
  ['the account holds the other side', 100, account(-20), 0, 100],
  ['the account holds nothing', -100, account(0), 0, -100],
  [
    'ours may have been closed: never through nothing',
    100,
    account(30, { inDoubt: true }),
    -30,
    70,
  ],
  ['what is booked is less than what is told', 100, account(100, { booked: 20 }), -40, 60],
  ['what is told is less than what is booked', 100, account(20, { booked: 100 }), -40, 60],
  ['what others hold was never explained', 100, account(80, { booked: null }), -100, 0],
  ['a share is broken', 100, account(10.75), -21, 79],
];

describe('what is closed of the shares that are ours', () => {
  it.each(ROWS)('%s', (_, owned, known, quantity, needsAdopt) => {
    assert.deepStrictEqual(planFlatten(owned, known), { quantity, needsAdopt });
  });
});
