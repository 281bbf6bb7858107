#!/usr/bin/env -S sh -c 'exec "$(dirname "$(readlink -f "$0")")/../bin/bifrost" "$@"'
/**
 * What `bin/bifrost` runs, and runs it where it is called itself: links from before there was that
 * command lead here. It loads nothing before it knows that Node can run it.
 */

import { enableCompileCache } from 'node:module';
import { compileCacheDirectory } from './package.ts';

const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
  // Types are stripped once and not at every start. Where that cannot be written, nothing is lost.
  enableCompileCache(compileCacheDirectory());
  const { runProgram } = await import('./cli/program.ts');
  await runProgram(process.argv.slice(2));
} else {
  process.stderr.write(
    `bifrost: this is Node ${process.versions.node}, and Node 24 is needed\n` +
      '  → run `npx bifrost`, which uses the Node that `npm ci` brought\n',
  );
  process.exitCode = 1;
}
