import { strict as assert } from 'node:assert';
import { describe, it } from 'vitest';
import { BROKER_CODES, describeCode, farmOf } from '../../../src/gateway/ib/codes.ts';

/** Every code whose reaction the specification names. */
const SPECIFIED = [
  100, 101, 102, 300, 322, 103, 104, 105, 135, 136, 161, 10147, 10148, 2102, 106, 107, 133, 134,
  388, 355, 434, 109, 163, 382, 383, 110, 111, 387, 411, 2109, 154, 162, 165, 166, 366, 420, 200,
  203, 460, 201, 202, 321, 320, 326, 354, 10089, 10090, 10091, 10168, 10186, 10167, 10197, 399,
  10349, 404, 413, 2137, 502, 504, 507, 501, 503, 506, 1100, 2110, 1101, 1102, 1300, 2103, 2105,
  2157, 2104, 2106, 2158, 2107, 2108, 2119, 10141,
];

describe('broker codes', () => {
  it('knows every specified code, each once', () => {
    const known = BROKER_CODES.map(({ code }) => code);
    assert.deepEqual([...known].sort(), [...SPECIFIED].sort());
    assert.equal(new Set(known).size, known.length);
  });

  it.each([
    [201, 'order_reject'],
    [202, 'order_cancelled'],
    [399, 'order_message'],
    [10349, 'order_message'],
    [404, 'order_message'],
    [10147, 'unknown_state'],
    [103, 'unknown_state'],
    [326, 'connection'],
    [2104, 'farm'],
    [354, 'market_data'],
    [10167, 'info'],
    [100, 'pacing'],
    [321, 'program'],
  ])('takes %i for %s', (code, kind) => {
    assert.equal(describeCode(code, true).kind, kind);
  });

  it.each([10999, 10350, 9999, 451])(
    'leaves an order of unknown state at unknown code %i',
    (code) => {
      assert.equal(describeCode(code, true).kind, 'unknown_state');
    },
  );

  it('takes an unknown code that answers no order, or a warning, for a line of the log', () => {
    assert.equal(describeCode(10999, false).kind, 'info');
    assert.equal(describeCode(2148, true).kind, 'info');
  });

  it.each([
    [2104, 'Market data farm connection is OK:usfarm', { farm: 'usfarm', ok: true }],
    [2103, 'Market data farm connection is broken:usopt', { farm: 'usopt', ok: false }],
    [
      2108,
      'Market data farm connection is inactive but should be available upon demand.usfarm',
      { farm: 'usfarm', ok: true },
    ],
    [2119, 'Market data farm is connecting:usfarm', { farm: 'usfarm', ok: false }],
    [2158, 'Sec-def data farm connection is OK:secdefil', { farm: 'secdefil', ok: true }],
  ])('reads the farm of notice %i', (code, message, expected) => {
    assert.deepEqual(farmOf(code, message), expected);
  });

  it('sees no farm in other codes', () => {
    assert.equal(farmOf(1100, 'Connectivity has been lost: usfarm'), null);
  });
});
