/**
 * Pictures without a library: screenshots are read, and written again as one PNG that moves. Each
 * frame holds only what changed, in a palette that all share: a twentieth of the screenshots.
 */

import assert from 'node:assert/strict';
import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Colours as 0xRRGGBB, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint32Array;
}

export interface Frame {
  readonly picture: Picture;
  readonly ms: number;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Index 0 of the palette lets the frame before through. */
const CLEAR = 0;
const COLOURS_MAX = 255;

/** Reads a screenshot: eight bits a channel, with or without alpha, not interlaced. */
export function readPng(file: Buffer): Picture {
  const chunks = chunksOf(file);
  const header = chunks.find(({ type }) => type === 'IHDR')?.data;
  assert.ok(header !== undefined, 'it has a header');
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  const channels = { 2: 3, 6: 4 }[header[9] ?? 0];
  assert.ok(channels !== undefined && header[8] === 8 && header[12] === 0, 'it is a screenshot');
  const data = chunks.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data);
  const rows = unfiltered(inflateSync(Buffer.concat(data)), width * channels, channels);
  const pixels = new Uint32Array(width * height);
  for (let index = 0; index < pixels.length; index += 1) {
    pixels[index] = rows.readUIntBE(index * channels, 3);
  }
  return { width, height, pixels };
}

/** One PNG that plays the frames for ever. */
export function writeMovingPng(frames: readonly Frame[]): Buffer {
  const [first] = frames;
  assert.ok(first !== undefined, 'there is a frame');
  const { width, height } = first.picture;
  const palette = paletteOf(frames.map(({ picture }) => picture));
  const indexOf = nearestIn(palette);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.alloc(palette.length * 3 + 3);
  palette.forEach((colour, index) => {
    colours.writeUIntBE(colour, index * 3 + 3, 3);
  });
  const out = [SIGNATURE, chunk('IHDR', header), chunk('acTL', numbers(frames.length, 0))];
  out.push(chunk('PLTE', colours), chunk('tRNS', Buffer.alloc(1)));
  let sequence = 0;
  let before: Picture | null = null;
  for (const { picture, ms } of frames) {
    const area = before === null ? { x: 0, y: 0, width, height } : changed(before, picture);
    const control = Buffer.alloc(26);
    const places = [sequence, area.width, area.height, area.x, area.y];
    places.forEach((value, index) => {
      control.writeUInt32BE(value, index * 4);
    });
    control.writeUInt16BE(ms, 20);
    control.writeUInt16BE(1000, 22);
    // Nothing is disposed of; each frame is laid over the one before.
    control.set([0, before === null ? 0 : 1], 24);
    out.push(chunk('fcTL', control));
    const bytes = deflateSync(rowsOf(picture, before, area, indexOf), { level: 9 });
    out.push(before === null ? chunk('IDAT', bytes) : frameData(sequence + 1, bytes));
    sequence += before === null ? 1 : 2;
    before = picture;
  }
  out.push(chunk('IEND', Buffer.alloc(0)));
  return Buffer.concat(out);
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest rectangle that holds all that differs; one pixel where nothing does. */
function changed(before: Picture, after: Picture): Area {
  const { width, height, pixels } = after;
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let index = 0; index < pixels.length; index += 1) {
    if (pixels[index] === before.pixels[index]) continue;
    const x = index % width;
    const y = (index - x) / width;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = y;
  }
  if (right < 0) return { x: 0, y: 0, width: 1, height: 1 };
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** The colours that are there most; the edges of letters make do with the nearest. */
function paletteOf(pictures: readonly Picture[]): readonly number[] {
  const counts = new Map<number, number>();
  for (const { pixels } of pictures) {
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.slice(0, COLOURS_MAX).map(([colour]) => colour);
}

function nearestIn(palette: readonly number[]): (colour: number) => number {
  const known = new Map(palette.map((colour, index) => [colour, index + 1]));
  return (colour) => {
    const found = known.get(colour);
    if (found !== undefined) return found;
    const distances = palette.map((other) => distance(colour, other));
    const index = distances.indexOf(Math.min(...distances)) + 1;
    known.set(colour, index);
    return index;
  };
}

function distance(one: number, other: number): number {
  const part = (colour: number, shift: number): number => Math.floor(colour / 2 ** shift) % 256;
  return [16, 8, 0].reduce((sum, shift) => sum + (part(one, shift) - part(other, shift)) ** 2, 0);
}

/** Each row behind the number of its filter, none; what has not changed is clear. */
function rowsOf(
  { width, pixels }: Picture,
  before: Picture | null,
  area: Area,
  indexOf: (colour: number) => number,
): Buffer {
  const out = Buffer.alloc((area.width + 1) * area.height);
  for (let y = 0; y < area.height; y += 1) {
    for (let x = 0; x < area.width; x += 1) {
      const at = (area.y + y) * width + area.x + x;
      const pixel = pixels[at] ?? 0;
      const same = before?.pixels[at] === pixel;
      out[y * (area.width + 1) + 1 + x] = same ? CLEAR : indexOf(pixel);
    }
  }
  return out;
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** The parts of a PNG, in their order. */
export function chunksOf(file: Buffer): readonly Chunk[] {
  assert.ok(file.subarray(0, 8).equals(SIGNATURE), 'it is a PNG');
  const chunks: Chunk[] = [];
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 4, at + 8 + length);
    assert.equal(file.readUInt32BE(at + 8 + length), crc32(body), 'its checksum is right');
    chunks.push({ type: body.toString('latin1', 0, 4), data: body.subarray(4) });
    at += 12 + length;
  }
  return chunks;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([numbers(data.length), body, numbers(crc32(body))]);
}

function frameData(sequence: number, data: Buffer): Buffer {
  return chunk('fdAT', Buffer.concat([numbers(sequence), data]));
}

function numbers(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    out.writeUInt32BE(value, index * 4);
  });
  return out;
}

/** Undoes the five filters of PNG; rows without the numbers of their filters. */
function unfiltered(data: Buffer, rowBytes: number, step: number): Buffer {
  const height = data.length / (rowBytes + 1);
  const out = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (rowBytes + 1)] ?? 0;
    for (let x = 0; x < rowBytes; x += 1) {
      const at = y * rowBytes + x;
      const left = x < step ? 0 : (out[at - step] ?? 0);
      const up = y === 0 ? 0 : (out[at - rowBytes] ?? 0);
      const corner = x < step || y === 0 ? 0 : (out[at - rowBytes - step] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      out[at] = (data[y * (rowBytes + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const straight = left + up - corner;
  const nearest = Math.min(...[left, up, corner].map((value) => Math.abs(straight - value)));
  return [left, up, corner].find((value) => Math.abs(straight - value) === nearest) ?? 0;
}
