import { strict as assert } from 'node:assert';
import { afterEach, describe, it } from 'vitest';
import {
  encodeContractDetails,
  encodeContractDetailsEnd,
  encodeMarketRule,
} from '../../../src/gateway/tws/encode.ts';
import { setUp, tearDown, toFrame } from '../../actors/support/broker-rig.ts';
import { SPY } from './support/samples.ts';
import { CLIENT, errorFrame, type Frame } from './support/scripted-tws.ts';

afterEach(tearDown);

describe('contract searches', () => {
  const terms = {
    contract: SPY,
    longName: 'SPDR S&P 500',
    minTick: 0.01,
    priceIncrements: [],
    timeZone: 'US/Eastern',
    tradingHours: '20230803:0400-20230803:2000',
    liquidHours: '20230803:0930-20230803:1600',
  };
  const context = { marketRuleId: 26, underlyingConId: 0 };
  const found =
    (...contracts: (typeof SPY)[]) =>
    (fields: readonly string[]): Frame[] => {
      const id = Number(fields[1]);
      const details = contracts.map((contract) =>
        toFrame(encodeContractDetails(178, id, { ...terms, contract }, context)),
      );
      return [...details, toFrame(encodeContractDetailsEnd(id))];
    };
  const rule = () => [
    toFrame(
      encodeMarketRule(26, [
        { lowEdge: 0, increment: 0.0001 },
        { lowEdge: 1, increment: 0.01 },
      ]),
    ),
  ];
  const london = { ...SPY, conId: 5, primaryExchange: 'LSE' };
  const other = { ...SPY, conId: 6, primaryExchange: 'NYSE' };

  it('give terms with the market rule', async () => {
    const answers = {
      [CLIENT.reqContractDetails]: found(SPY, london),
      [CLIENT.reqMarketRule]: rule,
    };
    const { inbox, broker } = await setUp({ answers });
    broker.receive({ type: 'contract.find', symbol: 'SPY', conId: null });
    const { terms: answer } = await inbox.get('contract.terms');
    assert.deepEqual(answer.contract, SPY);
    assert.deepEqual(answer.priceIncrements, [
      { lowEdge: 0, increment: 0.0001 },
      { lowEdge: 1, increment: 0.01 },
    ]);
    assert.equal(answer.liquidHours, terms.liquidHours);
  });

  it('fall back to the minimum tick when no rule comes', async () => {
    const { tws, clock, inbox, broker } = await setUp({
      answers: { [CLIENT.reqContractDetails]: found(SPY) },
    });
    broker.receive({ type: 'contract.find', symbol: 'SPY', conId: SPY.conId });
    await tws.message(CLIENT.reqMarketRule);
    clock.advanceBy(2000);
    const { terms: answer } = await inbox.get('contract.terms');
    assert.deepEqual(answer.priceIncrements, [{ lowEdge: 0, increment: 0.01 }]);
  });

  it('never guess: an ambiguous symbol names the ids to choose from', async () => {
    const { inbox, broker } = await setUp({
      answers: { [CLIENT.reqContractDetails]: found(SPY, other) },
    });
    broker.receive({ type: 'contract.find', symbol: 'SPY', conId: null });
    const { reason } = await inbox.get('contract.failed');
    assert.equal(reason, 'SPY is ambiguous: set con_id to one of 756733, 6');
  });

  it('refuse an id that is another symbol’s', async () => {
    const { inbox, broker } = await setUp({
      answers: { [CLIENT.reqContractDetails]: found(SPY) },
    });
    broker.receive({ type: 'contract.find', symbol: 'QQQ', conId: SPY.conId });
    assert.match((await inbox.get('contract.failed')).reason, /is SPY, not QQQ/);
  });

  it('fail with what TWS says, without an answer, and without a connection', async () => {
    const { tws, clock, inbox, broker } = await setUp({
      answers: {
        [CLIENT.reqContractDetails]: ([, id]) => [
          errorFrame(Number(id), 200, 'No security definition has been found'),
        ],
      },
    });
    broker.receive({ type: 'contract.find', symbol: 'XYZ', conId: null });
    assert.match((await inbox.get('contract.failed')).reason, /No security definition .* \(200\)/);

    tws.script = { ...tws.script, answers: {} };
    broker.receive({ type: 'contract.find', symbol: 'XYZ', conId: null });
    await tws.message(CLIENT.reqContractDetails, 2);
    clock.advanceBy(9999);
    assert.equal(inbox.all('contract.failed').length, 1);
    clock.advanceBy(1);
    assert.match((await inbox.get('contract.failed', 2)).reason, /within 10000 ms/);

    broker.receive({ type: 'link.close' });
    broker.receive({ type: 'contract.find', symbol: 'XYZ', conId: null });
    assert.equal((await inbox.get('contract.failed', 3)).reason, 'not connected');
  });
});
