/**
 * Where the program's own files are. It runs as TypeScript from its checkout, and as JavaScript
 * from `dist/` where it was installed; this module is the one that knows the difference.
 */

import { join } from 'node:path';

/** Whether this is the built program. Types are stripped by Node, so sources keep their name. */
export const IS_BUILT = !import.meta.url.endsWith('.ts');

/** What an operator types: in a checkout the command is npm's to find. */
export const COMMAND = IS_BUILT ? 'bifrost' : 'npx bifrost';

/** The folder of `package.json`: a build lies one folder deeper than its sources. */
export const PACKAGE_ROOT = join(import.meta.dirname, IS_BUILT ? '../..' : '..');

/** A file that comes with the package, such as `migrations`; absolute. */
export function packageFile(path: string): string {
  return join(PACKAGE_ROOT, path);
}

/** Where compiled modules are kept between starts, of the program and of its threads. */
export function compileCacheDirectory(): string {
  return packageFile('node_modules/.cache/bifrost');
}

/**
 * A module that is loaded by its address, as a thread's entry is. A build renames such addresses in
 * no module, so each is written as its source, where a search for unused files sees it too.
 */
export function moduleUrl(source: URL): URL {
  return IS_BUILT ? new URL(source.href.replace(/\.ts$/, '.js')) : source;
}
