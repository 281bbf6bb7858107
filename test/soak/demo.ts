/** The demo with more books: its configuration and scenario, the same stock under other names. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Position {
  readonly option: { readonly symbol: string };
}
interface Scenario {
  readonly accounts: readonly { readonly positions: readonly Position[] }[];
  readonly underlyings: readonly { readonly symbol: string; readonly con_id: number }[];
}

/** Writes both into `folder`; the path of the configuration. */
export function writeDemo(folder: string, books: number): string {
  const names = Array.from({ length: books }, (_, index) => (index === 0 ? 'NVDA' : `NV${index}`));
  const scenario = read('config/scenarios/demo.yaml') as Scenario;
  const scenarioPath = join(folder, 'scenario.yaml');
  write(scenarioPath, {
    ...scenario,
    accounts: scenario.accounts.map((account) => ({
      ...account,
      positions: names.flatMap((symbol) =>
        account.positions.map((one) => ({ ...one, option: { ...one.option, symbol } })),
      ),
    })),
    underlyings: scenario.underlyings.flatMap((stock) =>
      names.map((symbol, index) => ({ ...stock, symbol, con_id: stock.con_id + index })),
    ),
  });
  const config = read('config/demo.yaml') as { readonly gateway: object };
  const path = join(folder, 'config.yaml');
  write(path, {
    ...config,
    gateway: { ...config.gateway, scenario: scenarioPath },
    books: names.map((symbol) => ({ symbol })),
  });
  return path;
}

function read(path: string): unknown {
  return parse(readFileSync(path, 'utf8'));
}

function write(path: string, content: object): void {
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(content, null, 2));
}
