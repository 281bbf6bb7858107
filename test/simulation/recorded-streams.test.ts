import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../src/gateway/tws/framing.ts';
import { reduced, toldByLibrary, toldByWire } from '../gateway/wire/support/decoders.ts';
import { runSeed } from './world.ts';

/** The version that the gateway announces to our client. */
const VERSION = 178;

/** What each connection of a seed carried to the daemon, behind the announcement at its begin. */
async function record(seed: number): Promise<readonly Buffer[]> {
  const chunks = new Map<number, Buffer[]>();
  const result = await runSeed({
    ...{ seed, minutes: 1 },
    record: (connection, bytes) => {
      const known = chunks.get(connection) ?? [];
      known.push(bytes);
      chunks.set(connection, known);
    },
  });
  expect(result.failure).toBeNull();
  return [...chunks.values()].map((all) => withoutHello(Buffer.concat(all)));
}

function withoutHello(stream: Buffer): Buffer {
  const reader = new FrameReader(stream.length);
  reader.push(stream);
  const hello = reader.next();
  expect(hello).toMatchObject({ kind: 'frame', payload: expect.stringMatching(/^178\0/) });
  return reader.peek(reader.pendingBytes);
}

describe('the streams of a simulated day', () => {
  it('mean the same to both decoders', async () => {
    const streams = await record(3);
    expect(streams.length).toBeGreaterThan(1);
    const seen = new Set<string>();
    for (const stream of streams) {
      const wire = toldByWire(VERSION, [stream]);
      assert.deepEqual(wire, reduced(toldByLibrary(VERSION, [stream]), wire));
      for (const { name } of wire) seen.add(name);
    }
    for (const name of ['tickPrice', 'openOrder', 'execDetails', 'commissionReport', 'position']) {
      expect(seen).toContain(name);
    }
  });
});
