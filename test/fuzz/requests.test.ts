/** What anybody may write: an id of an event stream, a row of `daemon_control`. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';

import { parseLastEventId } from '../../src/api/event-stream.ts';
import { CONTROL_PAYLOADS, parseControl } from '../../src/protocol/control.ts';
import { runs } from './support/damage.ts';

describe('an id of an event stream', () => {
  const almost = fc.stringMatching(/^[0-9. ,e+-]{0,24}$/);

  it('is two counts that can be counted on, or none', () => {
    fc.assert(
      fc.property(fc.oneof(almost, fc.string({ unit: 'binary' })), (text) => {
        const seen = parseLastEventId(text);
        for (const count of [seen?.event, seen?.line]) {
          assert.ok(count === undefined || (Number.isSafeInteger(count) && count >= 0), text);
        }
      }),
      runs(600),
    );
  });
});

describe('a row of daemon_control', () => {
  const names = Object.keys(CONTROL_PAYLOADS);
  const written = names.flatMap((name) => [name, name.toUpperCase(), name.replaceAll('_', '-')]);
  const name = fc.oneof(fc.constantFrom(...written), fc.string(), fc.constant('__proto__'));
  const keys = ['symbol', 'shares', 'reason', 'dry_run', 'interval_s', 'confirm', 'allowance_usd'];
  const payload = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom({}, { symbol: 'nvda' }),
    fc.dictionary(
      fc.constantFrom(...keys, '__proto__', 'constructor'),
      fc.oneof(fc.jsonValue(), fc.constantFrom('NVDA', ' nvda ', 10, -1, 1e308, Number.NaN)),
    ),
  );

  it('is a command that is known, or a sentence why not', () => {
    let taken = 0;
    fc.assert(
      fc.property(name, payload, (command, body) => {
        const parsed = parseControl(command, body);
        if (!parsed.ok) {
          assert.ok(parsed.message.length > 10);
          return;
        }
        taken += 1;
        assert.ok(names.includes(parsed.control.command));
        // A command is journaled as JSON, and decided on again from there.
        assert.deepEqual(JSON.parse(JSON.stringify(parsed.control)), { ...parsed.control });
      }),
      runs(600),
    );
    assert.ok(taken > 20, `${taken} were taken`);
  });
});
