/** `bifrost version`: which program this is, so that a report of trouble can name it. */

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod';
import { packageFile } from '../package.ts';
import { recordVersion } from '../protocol/records.ts';
import { migrationNames } from '../store/migrate.ts';
import { buildFacts } from './build-facts.ts';
import { print, printJson } from './output.ts';

const manifestSchema = z.object({ version: z.string() });

export function versionCommand(): Command {
  return new Command('version')
    .description('Shows the version of bifrost, what it was built from, and the Node that runs it.')
    .option('--json', 'as JSON')
    .action((options: { json?: true }) => {
      const version = packageVersion();
      const node = process.versions.node;
      const platform = `${process.platform}-${process.arch}`;
      const facts = buildFacts();
      // What data of this program another one has to be able to read.
      const schema = migrationNames().at(-1) ?? null;
      const journal = recordVersion();
      if (options.json) {
        printJson({ version, node, platform, ...facts, schema, journal });
        return;
      }
      const { revision, built_at: builtAt } = facts;
      const of = `revision ${revision ?? 'unknown'}`;
      const built = builtAt === null ? 'runs from its sources' : `built ${builtAt}`;
      print(`bifrost ${version} (Node ${node}, ${platform}; ${of}, ${built})`);
      print(`data: schema ${schema}, journal records ${journal}`);
    });
}

/** The version that stands in `package.json`. */
export function packageVersion(): string {
  const manifest = readFileSync(packageFile('package.json'), 'utf8');
  return manifestSchema.parse(JSON.parse(manifest)).version;
}
