#!/usr/bin/env -S sh -c 'n=$(dirname "$(readlink -f "$0")")/../node_modules/.bin/node; [ -x "$n" ] || n=node; exec "$n" "$0" "$@"'
/**
 * The bin. The line above runs it with the Node that came with `npm ci`, since the machine's own
 * may be too old even to read TypeScript. It loads nothing before it knows that Node can run it.
 */

import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
  // Types are stripped once and not at every start. Where that cannot be written, nothing is lost.
  enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/bifrost', import.meta.url)));
  const { runProgram } = await import('./cli/program.ts');
  await runProgram(process.argv.slice(2));
} else {
  process.stderr.write(
    `bifrost: this is Node ${process.versions.node}, and Node 24 is needed\n` +
      '  → run `npx bifrost`, which uses the Node that `npm ci` brought\n',
  );
  process.exitCode = 1;
}
