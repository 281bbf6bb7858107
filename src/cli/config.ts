/**
 * `bifrost config validate|show [FILE]`: what the daemon would run with, without running it; and
 * `config running`: what it does run with, for it takes over changes of its file.
 */

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { convertConfig } from '../config/convert.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { isSecret, valueAt } from '../config/problems.ts';
import { Fault, toFault } from '../fault.ts';
import type { ConfigView } from '../protocol/views.ts';
import { type DaemonOptions, findDaemon, withDaemonOptions } from './find-daemon.ts';
import { writeNew } from './new-file.ts';
import { fields, print, printJson, table, timeText } from './output.ts';

export function configCommand(): Command {
  const command = new Command('config').description(
    'The configuration: validate, show, running, convert.',
  );
  command
    .command('validate')
    .description('Says whether a configuration is valid; exit status 3 and every problem if not.')
    .argument('[file]', 'the file (default: BIFROST_CONFIG, config/demo.yaml)')
    .option('--json', 'as JSON')
    .action((file: string | undefined, options: { json?: true }) => {
      const loaded = load(file);
      const { mode, books } = loaded.config;
      const symbols = books.map(({ symbol }) => symbol);
      if (options.json) {
        printJson({ valid: true, file: loaded.file, hash: loaded.hash, mode, books: symbols });
      } else {
        print(`${loaded.file} is valid: mode ${mode}, ${symbols.join(', ')}, hash ${loaded.hash}`);
      }
    });
  command
    .command('show')
    .description('Shows every effective value with where it comes from. Secrets are hidden.')
    .argument('[file]', 'the file (default: BIFROST_CONFIG, config/demo.yaml)')
    .option('--json', 'as JSON')
    .action((file: string | undefined, options: { json?: true }) => {
      const loaded = load(file);
      if (options.json) printJson(shownJson(loaded));
      else print(shownText(loaded));
    });
  command
    .command('convert')
    .description('Makes a configuration of one of the earlier Python engine.')
    .argument('<file>', 'its YAML file')
    .option('--out <file>', 'writes it there, where nothing is yet, and not to standard output')
    .action((file: string, { out }: { out?: string }) => convert(file, out));
  const running = command
    .command('running')
    .description('Shows what the running daemon uses now, and what waits for its restart.')
    .option('--json', 'as JSON');
  withDaemonOptions(running).action(async (options: DaemonOptions & { json?: true }) => {
    const view = await findDaemon(options).client.call('config', {});
    if (options.json) printJson(view);
    else print(runningText(view));
  });
  return command;
}

function convert(file: string, out: string | undefined): void {
  const { text, remarks } = convertConfig(readOld(file), process.env);
  if (out === undefined) process.stdout.write(text);
  else writeNew(out, text, 'convert to another file, with --out');
  for (const remark of remarks) process.stderr.write(`bifrost: ${remark}\n`);
  // Of a file that is not valid each problem is told, as its start would tell it.
  if (out !== undefined) loadConfig({ file: out, env: {}, cwd: process.cwd() });
}

function readOld(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Fault('config_unreadable', `cannot read ${file}: ${toFault(cause).message}`, {
      cause,
    });
  }
}

function runningText(view: ConfigView): string {
  const { refused, needs_restart: waits } = view;
  return fields([
    ['configuration', view.summary],
    ['taken', view.applied_at === null ? 'at the start' : timeText(view.applied_at)],
    ['needs restart', waits.length === 0 ? 'nothing' : waits.join(', ')],
    ['refused', refused === null ? 'no' : `${timeText(refused.ts)}: ${refused.reason}`],
    ['books', view.books.map(({ symbol }) => symbol).join(', ')],
  ]);
}

function load(file: string | undefined): LoadedConfig {
  return loadConfig({ file, env: process.env, cwd: process.cwd() });
}

function shownText(loaded: LoadedConfig): string {
  const rows = [...loaded.sources].map(([key, source]) => [key, shownValue(loaded, key), source]);
  return [
    `# ${loaded.file}, hash ${loaded.hash}, data directory ${loaded.dataDir}`,
    table(['key', 'value', 'from'], rows),
  ].join('\n');
}

function shownJson(loaded: LoadedConfig) {
  const values = [...loaded.sources].map(([key, source]) => {
    const value = isSecret(key.split('.'))
      ? shownValue(loaded, key)
      : valueAt(loaded.config, pathOf(key));
    return [key, { value, source }] as const;
  });
  return {
    file: loaded.file,
    hash: loaded.hash,
    data_dir: loaded.dataDir,
    values: Object.fromEntries(values),
  };
}

/** As text; a secret is hidden. */
export function shownValue(loaded: LoadedConfig, key: string): string {
  const value = valueAt(loaded.config, pathOf(key));
  if (isSecret(pathOf(key)) && value !== null) return '(hidden)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function pathOf(key: string): readonly string[] {
  return key.split('.');
}
