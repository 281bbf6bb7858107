/** `npm run docs`: writes every page and file that is made from the sources. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './docs/pages.ts';
import { ROOT } from './tidy/source.ts';

for (const { path, content } of await generatedFiles()) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), content);
  process.stdout.write(`${path}\n`);
}
