import assert from 'node:assert/strict';
import { crc32, deflateRawSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, it } from 'vitest';
import { unzip, ZipError } from '../../src/store/zip.ts';

const TEXT = 'bid,ask\n'.repeat(1000);
const ROOM = 1 << 20;

function texts(bytes: Uint8Array): Record<string, string> {
  const entries = unzip(bytes, ROOM).map(({ name, content }) => [
    name,
    Buffer.from(content).toString(),
  ]);
  return Object.fromEntries(entries);
}

/** One deflated entry with 64-bit sizes; `wideEnd` marks the directory as 64-bit too. */
function wideZip(wideEnd: boolean): Buffer {
  const packed = deflateRawSync(TEXT);
  const name = Buffer.from('a.csv');
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04_03_4b_50, 0);
  local.writeUInt16LE(name.length, 26);
  const extra = Buffer.alloc(4 + 16);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(16, 2);
  extra.writeBigUInt64LE(BigInt(TEXT.length), 4);
  extra.writeBigUInt64LE(BigInt(packed.length), 12);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02_01_4b_50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(crc32(TEXT), 16);
  entry.writeUInt32LE(0xff_ff_ff_ff, 20);
  entry.writeUInt32LE(0xff_ff_ff_ff, 24);
  entry.writeUInt16LE(name.length, 28);
  entry.writeUInt16LE(extra.length, 30);
  const body = Buffer.concat([local, name, packed]);
  const directory = Buffer.concat([entry, name, extra]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06_05_4b_50, 0);
  end.writeUInt16LE(wideEnd ? 0xff_ff : 1, 10);
  end.writeUInt32LE(wideEnd ? 0xff_ff_ff_ff : body.length, 16);
  if (!wideEnd) return Buffer.concat([body, directory, end]);
  const wide = Buffer.alloc(56);
  wide.writeUInt32LE(0x06_06_4b_50, 0);
  wide.writeBigUInt64LE(1n, 32);
  wide.writeBigUInt64LE(BigInt(body.length), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07_06_4b_50, 0);
  locator.writeBigUInt64LE(BigInt(body.length + directory.length), 8);
  return Buffer.concat([body, directory, wide, locator, end]);
}

describe('a zip archive', () => {
  it('gives its files, deflated, stored and empty', () => {
    const files = { 'a.csv': TEXT, 'b/c.csv': 'x', 'empty.csv': '' };
    const bytes = zipSync({
      'a.csv': Buffer.from(TEXT),
      'b/c.csv': [Buffer.from('x'), { level: 0 }],
      'empty.csv': Buffer.alloc(0),
    });
    assert.deepEqual(texts(bytes), files);
  });

  it('is read with 64-bit sizes, in a directory marked so or not', () => {
    assert.deepEqual(texts(wideZip(false)), { 'a.csv': TEXT });
    assert.deepEqual(texts(wideZip(true)), { 'a.csv': TEXT });
  });

  it('is refused when it is none', () => {
    assert.throws(() => texts(Buffer.alloc(0)), ZipError);
    assert.throws(() => texts(Buffer.from('<html>not found</html>'.repeat(9))), /no zip archive/);
  });

  it('is refused when it is cut short', () => {
    const bytes = zipSync({ 'a.csv': Buffer.from(TEXT), 'b.csv': Buffer.from(TEXT) });
    for (let length = 0; length < bytes.length; length += 1) {
      assert.throws(() => texts(bytes.subarray(0, length)), ZipError);
    }
    assert.throws(() => texts(bytes.subarray(40)), ZipError);
  });

  it('is refused when a byte of a file is another', () => {
    const bytes = zipSync({ 'a.csv': Buffer.from('1,2,3\n4,5,6\n') }, { level: 0 });
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    assert.throws(() => texts(bytes), /a\.csv is damaged/);
  });

  it('is refused when it unpacks to more than there is room for', () => {
    const bytes = zipSync({ 'a.csv': Buffer.from(TEXT), 'b.csv': Buffer.from(TEXT) });
    assert.equal(unzip(bytes, 2 * TEXT.length).length, 2);
    assert.throws(() => unzip(bytes, 2 * TEXT.length - 1), /unpacks to more/);
  });
});
