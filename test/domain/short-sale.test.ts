import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import {
  type ShortSaleInput,
  shortSaleText,
  shortSaleTrouble,
} from '../../src/domain/short-sale.ts';

interface Case {
  readonly need?: number;
  readonly D?: 'D1' | 'D2' | 'D3';
  readonly shortable?: number;
  readonly available?: number;
  readonly account?: number | null;
  readonly owned?: number;
  readonly working?: boolean;
  readonly quotes?: null;
}

/** A hedge that sells a hundred shares of none, hard to borrow unless said otherwise. */
function troubleOf(of: Case): ReturnType<typeof shortSaleTrouble> {
  const { need = -100, D = 'D2', shortable = 1, available = Number.NaN } = of;
  const { account = 0, owned = 0, working = false } = of;
  const quotes = of.quotes === null ? null : { shortable, shortableShares: available };
  const assessment = { need, space: { D } };
  const rest = { accountShares: account, owned, working };
  return shortSaleTrouble({ assessment, quotes, ...rest } as unknown as ShortSaleInput);
}

const NONE = { kind: 'none', shares: 100 };
const LOCATE = { kind: 'locate', shares: 100 };

describe('a short sale', () => {
  it.each([
    ['none can be borrowed', {}, NONE],
    ['at the edge of that', { shortable: 1.5 }, NONE],
    ['they must be located', { shortable: 1.51 }, LOCATE],
    ['at the edge of that', { shortable: 2.5 }, LOCATE],
    ['it is easy', { shortable: 2.51 }, null],
    ['nobody has said', { shortable: Number.NaN }, null],
    [
      'too few are there',
      { shortable: 3, available: 99 },
      { ...LOCATE, kind: 'few', available: 99 },
    ],
    ['enough are there, whatever their class', { shortable: 2, available: 100 }, null],
    ['none can be borrowed, whatever was counted', { available: 1000 }, NONE],
    ['there are no quotes', { quotes: null }, null],
    ['the delta is inside the band', { D: 'D1' }, null],
    ['the delta is far outside', { D: 'D3' }, NONE],
    ['an order is being worked inside the band', { D: 'D1', working: true }, NONE],
    ['shares are bought', { need: 100 }, null],
    ['nothing is needed', { need: 0 }, null],
    ['the need is not known', { need: Number.NaN }, null],
    ['the account is long a part of them', { account: 60 }, { kind: 'none', shares: 40 }],
    ['the account is long all of them', { account: 100 }, null],
    ['the account is short already', { account: -50 }, NONE],
    ['the account is not known: ours count', { account: null, owned: 30 }, { ...NONE, shares: 70 }],
    ['the account is known: ours do not count', { account: 0, owned: 30 }, NONE],
    ['a need is rounded to shares', { need: -99.6 }, NONE],
  ] as const)('%s', (_, of, expected) => {
    assert.deepEqual(troubleOf(of), expected);
  });

  it('is told in words', () => {
    assert.equal(
      shortSaleText({ kind: 'none', shares: 1 }),
      '1 share would be sold short, none can be borrowed',
    );
    assert.equal(
      shortSaleText({ kind: 'few', shares: 2, available: 1 }),
      '2 shares would be sold short, 1 can be borrowed',
    );
    assert.equal(
      shortSaleText({ kind: 'locate', shares: 2 }),
      '2 shares would be sold short, they must be located first',
    );
  });
});
