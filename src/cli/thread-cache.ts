/** Where the threads of a program with a data directory keep compiled modules between starts. */

import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { compileCacheDirectory } from '../package.ts';

/**
 * The program's own cache, so that a thread finds what the program has compiled and a new data
 * directory is no cold start; the data directory where the program's cannot be written.
 */
export function threadCacheDirectory(dataDir: string): string {
  const shared = compileCacheDirectory();
  try {
    accessSync(shared, constants.W_OK);
    return shared;
  } catch {
    // Installed for all by somebody else, and started by one who may not write there.
    return join(dataDir, 'cache');
  }
}
