import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCurrentTime } from '../../../src/gateway/tws/encode.ts';
import { encodeFrame } from '../../../src/gateway/tws/framing.ts';
import { NOW } from '../tws/support/fake-venue.ts';
import { cut, reduced, toldByLibrary, toldByWire } from './support/decoders.ts';
import { change, EVERY, keptFields, messages, VERSIONS } from './support/messages.ts';

describe('our decoder beside the client library', () => {
  it.each(VERSIONS)('tells the same of every message of version %i', (version) => {
    const chunks = [Buffer.concat(messages(version).map(encodeFrame))];
    const wire = toldByWire(version, chunks);
    expect(wire.filter(({ name, args }) => name === 'error' && args[1] === 505)).toEqual([]);
    expect(wire).toEqual(reduced(toldByLibrary(version, chunks), wire));
  });

  it('tells the same however the bytes are cut', () => {
    const whole = messages(178);
    const expected = toldByWire(178, cut(whole, []));
    const singles = [...Buffer.concat(whole.map(encodeFrame))].map((byte) => Buffer.from([byte]));
    expect(toldByWire(178, singles)).toEqual(expected);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20_000 }), { maxLength: 12 }), (cuts) => {
        const chunks = cut(whole, cuts);
        const wire = toldByWire(178, chunks);
        expect(wire).toEqual(expected);
        expect(wire).toEqual(reduced(toldByLibrary(178, chunks), wire));
      }),
      { numRuns: 20 },
    );
  });

  it('tells the same of messages with broken, missing and surplus fields', () => {
    const drawn = fc.record({
      version: fc.constantFrom(...VERSIONS),
      which: fc.nat({ max: 1000 }),
      changes: fc.array(change, { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(drawn, ({ version, which, changes }) => {
        const all = EVERY.get(version) ?? [];
        const fields = (all[which % all.length] ?? []).map(String);
        for (const one of changes) one(fields, keptFields(fields, version));
        // What comes behind the broken message is read as if nothing had been.
        const chunks = cut([fields, encodeCurrentTime(NOW)], []);
        const wire = toldByWire(version, chunks);
        expect(wire).toEqual(reduced(toldByLibrary(version, chunks), wire));
      }),
      { numRuns: 600 },
    );
  });
});
