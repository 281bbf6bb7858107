import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { ContractTerms } from '../../src/domain/contract.ts';
import { hoursDiffer } from '../../src/domain/liquid-hours.ts';
import { SHARES } from '../support/venue.ts';

const terms = (liquidHours: string, timeZone = 'America/New_York'): ContractTerms => ({
  contract: SHARES,
  longName: '',
  minTick: 0.01,
  priceIncrements: [],
  timeZone,
  tradingHours: '',
  liquidHours,
});

const FULL = '20231122:0930-20231122:1600';
const HALF = '20231124:0930-20231124:1300';
const WEEK = `${FULL};20231123:CLOSED;${HALF}`;

describe('the hours of a contract', () => {
  it('are ours on a full day, a holiday and a half day', () => {
    for (const day of ['20231122', '20231123', '20231124']) {
      assert.equal(hoursDiffer(terms(WEEK), day), false, day);
    }
  });

  it('differ where one side trades, opens or closes otherwise', () => {
    const cases = [
      ['20231122:CLOSED', '20231122'],
      ['20231123:0930-20231123:1600', '20231123'],
      ['20231124:0930-20231124:1600', '20231124'],
      ['20231122:1000-20231122:1600', '20231122'],
      ['20231122:broken', '20231122'],
    ] as const;
    for (const [hours, day] of cases) assert.equal(hoursDiffer(terms(hours), day), true, hours);
  });

  it('are read in the older spelling, and in two halves', () => {
    assert.equal(hoursDiffer(terms('20231122:0930-1600'), '20231122'), false);
    const halves = '20231122:0930-20231122:1200,20231122:1200-20231122:1600';
    assert.equal(hoursDiffer(terms(halves), '20231122'), false);
  });

  it('are not compared where nothing is told: no day, no hours, another zone, no contract', () => {
    assert.equal(hoursDiffer(terms(WEEK), '20231127'), false);
    assert.equal(hoursDiffer(terms(''), '20231122'), false);
    assert.equal(hoursDiffer(terms('20231122:CLOSED', 'Europe/Berlin'), '20231122'), false);
    assert.equal(hoursDiffer(null, '20231122'), false);
  });
});
