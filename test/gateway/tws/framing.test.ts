import { strict as assert } from 'node:assert';
import { describe, it } from 'vitest';
import {
  encodeFrame,
  FIELDS_MAX,
  FrameReader,
  splitFields,
} from '../../../src/gateway/tws/framing.ts';
import { TWS_FRAME_BYTES_MAX } from '../../../src/limits.ts';

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** Every frame that is whole. */
function drain(reader: FrameReader): string[] {
  const payloads: string[] = [];
  for (let read = reader.next(); read.kind === 'frame'; read = reader.next()) {
    payloads.push(read.payload);
  }
  return payloads;
}

describe('frame writer', () => {
  it('writes managed accounts as captured', () => {
    const bytes = encodeFrame([15, 1, 'DU1234567']);
    assert.deepEqual(bytes, hex('0000000f 3135 00 31 00 445531323334353637 00'));
  });

  it('writes the next order id as captured', () => {
    assert.deepEqual(encodeFrame([9, 1, 29]), hex('00000007 39 00 31 00 3239 00'));
  });

  it('ends every field in NUL, the empty ones too, and counts bytes, not characters', () => {
    const bytes = encodeFrame([1, '', true, false, 'é']);
    assert.deepEqual(bytes, hex('0000000a 31 00 00 31 00 30 00 c3a9 00'));
  });

  it('refuses a number that no client can read', () => {
    assert.throws(() => encodeFrame([1, Number.NaN]));
  });
});

describe('frame reader', () => {
  const stream = Buffer.concat([
    encodeFrame([49, 1]),
    encodeFrame([9, 1, 29]),
    encodeFrame([5, 1]),
  ]);
  const payloads = ['49\x001\x00', '9\x001\x0029\x00', '5\x001\x00'];

  it('takes single bytes', () => {
    const reader = new FrameReader();
    const seen: string[] = [];
    for (const byte of stream) {
      reader.push(Buffer.of(byte));
      seen.push(...drain(reader));
    }
    assert.deepEqual(seen, payloads);
    assert.equal(reader.pendingBytes, 0);
  });

  it('takes many messages in one chunk', () => {
    const reader = new FrameReader();
    reader.push(stream);
    assert.deepEqual(drain(reader), payloads);
  });

  it('keeps what is behind a frame that is not whole yet', () => {
    const reader = new FrameReader();
    reader.push(stream.subarray(0, 12));
    assert.deepEqual(drain(reader), payloads.slice(0, 1));
    reader.push(stream.subarray(12));
    assert.deepEqual(drain(reader), payloads.slice(1));
  });

  it('keeps a long stream of large frames apart', () => {
    const reader = new FrameReader();
    const large = 'x'.repeat(300_000);
    const bytes = encodeFrame([1, large]);
    for (let index = 0; index < 5; index += 1) {
      for (let at = 0; at < bytes.length; at += 70_001) {
        reader.push(bytes.subarray(at, at + 70_001));
      }
      assert.deepEqual(drain(reader), [`1\x00${large}\x00`]);
    }
  });

  it('takes a frame of the largest size and refuses one byte more', () => {
    const reader = new FrameReader();
    const head = Buffer.alloc(4);
    head.writeUInt32BE(TWS_FRAME_BYTES_MAX);
    reader.push(head);
    assert.equal(reader.next().kind, 'incomplete');

    const beyond = new FrameReader();
    head.writeUInt32BE(TWS_FRAME_BYTES_MAX + 1);
    beyond.push(head);
    assert.deepEqual(beyond.next(), { kind: 'overlong', length: TWS_FRAME_BYTES_MAX + 1 });
  });

  it('refuses a length whose highest bit is set', () => {
    const reader = new FrameReader();
    reader.push(hex('ffffffff'));
    assert.equal(reader.next().kind, 'overlong');
  });
});

describe('fields', () => {
  it('are split at their terminators', () => {
    assert.deepEqual(splitFields('1\x00\x00a\x00'), ['1', '', 'a']);
  });

  it('count even without the last terminator', () => {
    assert.deepEqual(splitFields('1\x00a'), ['1', 'a']);
  });

  it('are bounded', () => {
    assert.equal(splitFields('\x00'.repeat(FIELDS_MAX - 1))?.length, FIELDS_MAX - 1);
    assert.equal(splitFields('\x00'.repeat(FIELDS_MAX + 1)), null);
  });
});
