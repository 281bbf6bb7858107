/** `bifrost config validate|show [FILE]`: what the daemon would run with, without running it. */

import { Command } from 'commander';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { isSecret, valueAt } from '../config/problems.ts';
import { print, printJson, table } from './output.ts';

export function configCommand(): Command {
  const command = new Command('config').description('The configuration: validate, show.');
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
  return command;
}

function load(file: string | undefined): LoadedConfig {
  return loadConfig({ file, env: process.env, cwd: process.cwd() });
}

function shownText(loaded: LoadedConfig): string {
  const rows = [...loaded.sources].map(([key, source]) => [key, shown(loaded, key), source]);
  return [
    `# ${loaded.file}, hash ${loaded.hash}, data directory ${loaded.dataDir}`,
    table(['key', 'value', 'from'], rows),
  ].join('\n');
}

function shownJson(loaded: LoadedConfig) {
  const values = [...loaded.sources].map(([key, source]) => {
    const value = isSecret(key.split('.'))
      ? shown(loaded, key)
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

function shown(loaded: LoadedConfig, key: string): string {
  const value = valueAt(loaded.config, pathOf(key));
  if (isSecret(pathOf(key)) && value !== null) return '(hidden)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function pathOf(key: string): readonly string[] {
  return key.split('.');
}
