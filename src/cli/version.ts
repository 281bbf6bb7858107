/** `bifrost version`. */

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod';
import { print, printJson } from './output.ts';

const manifestSchema = z.object({ version: z.string() });

export function versionCommand(): Command {
  return new Command('version')
    .description('Shows the version of bifrost and of the Node that runs it.')
    .option('--json', 'as JSON')
    .action((options: { json?: true }) => {
      const version = packageVersion();
      const node = process.versions.node;
      const platform = `${process.platform}-${process.arch}`;
      if (options.json) printJson({ version, node, platform });
      else print(`bifrost ${version} (Node ${node}, ${platform})`);
    });
}

/** The version that stands in `package.json`. */
export function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return manifestSchema.parse(JSON.parse(manifest)).version;
}
