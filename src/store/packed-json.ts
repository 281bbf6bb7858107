/** A file of one JSON document, packed: what is kept to be read again by this program alone. */

import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

/** A file that unpacks to more is none of ours. */
const BYTES_MAX = 256 * 1024 * 1024;

/** Writes it in one go. */
export function writePackedJson(file: string, value: unknown): void {
  writeFileSync(file, gzipSync(JSON.stringify(value)));
}

/** What was written. Throws where there is no such file, or not one of ours. */
export function readPackedJson(file: string): unknown {
  return JSON.parse(
    gunzipSync(readFileSync(file), { maxOutputLength: BYTES_MAX }).toString('utf8'),
  );
}
