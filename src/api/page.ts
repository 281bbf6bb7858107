/**
 * The page as Vite built it, held in memory: what is not in the folder at the start cannot be asked
 * for, so that no path leads out of it.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

export interface PageFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
  /** Its name holds the hash of its content, so that it never changes. */
  readonly immutable: boolean;
}

/** The built page is below 1 MB; a folder with more is not the page. */
const PAGE_BYTES_MAX = 16 * 1024 * 1024;
const PAGE_FILES_MAX = 256;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Files by URL path; empty when the page was not built. */
export function loadPage(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  let total = 0;
  for (const path of filesUnder(folder)) {
    const type = TYPES[extname(path)];
    if (type === undefined) continue;
    total += statSync(path).size;
    if (total > PAGE_BYTES_MAX || files.size >= PAGE_FILES_MAX) break;
    const bytes = readFileSync(path);
    const url = `/${relative(folder, path).split(sep).join('/')}`;
    const file = { bytes, type, etag: etagOf(bytes), immutable: url.startsWith('/assets/') };
    files.set(url === '/index.html' ? '/' : url, file);
  }
  return files;
}

/** Of these bytes and no others. */
export function etagOf(bytes: Buffer | string): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
}

function filesUnder(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return [];
    throw thrown;
  }
}
