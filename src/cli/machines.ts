/** `bifrost machines [ID]`: all state machines, or one with its context or its diagram. */

import { Command, Option } from 'commander';
import type { MachineSummary, MachineView } from '../protocol/views.ts';
import type { ApiClient } from './api-client.ts';
import { type DaemonOptions, findDaemon, withDaemonOptions } from './find-daemon.ts';
import { fields, print, printJson, table, timeText } from './output.ts';

interface Options extends DaemonOptions {
  readonly format: 'text' | 'json' | 'mermaid' | 'scxml';
  readonly json?: true;
}

export function machinesCommand(): Command {
  const format = new Option(
    '--format <format>',
    'text, json, or (of one machine) mermaid or scxml',
  );
  const command = new Command('machines')
    .description('Shows the state machines, or one of them.')
    .argument('[id]', 'daemon, trading:NVDA, hedge:NVDA, …')
    .addOption(format.choices(['text', 'json', 'mermaid', 'scxml']).default('text'))
    .option('--json', 'the same as --format json');
  return withDaemonOptions(command).action(
    async (id: string | undefined, options: Options, self: Command) => {
      const chosen = options.json ? 'json' : options.format;
      if (id === undefined && (chosen === 'mermaid' || chosen === 'scxml')) {
        self.error(`error: --format ${chosen} draws one machine: give its ID`);
      }
      const { client } = findDaemon(options);
      await (id === undefined ? showAll(client, chosen) : showOne(client, id, chosen));
    },
  );
}

async function showAll(client: ApiClient, format: Options['format']): Promise<void> {
  const machines = await client.call('machines', {});
  if (format === 'json') {
    printJson(machines);
    return;
  }
  const header = ['id', 'state', 'since', 'takes'];
  print(table(header, machines.map(cells)));
}

async function showOne(client: ApiClient, id: string, format: Options['format']): Promise<void> {
  if (format === 'mermaid' || format === 'scxml') {
    print((await client.chart(id, format)).trimEnd());
    return;
  }
  const machine = await client.call('machine', { id });
  if (format === 'json') printJson(machine);
  else print(machineText(machine));
}

function cells({ id, label, since, events }: MachineSummary) {
  return [id, label, timeText(since), events.join(', ') || '-'];
}

function machineText(view: MachineView): string {
  const { value } = view;
  return [
    fields([
      ['id', view.id],
      ['machine', view.machine],
      ['state', typeof value === 'string' ? value : JSON.stringify(value)],
      ['since', timeText(view.since)],
      ['parent', view.parent],
      ['takes', view.events.join(', ') || '-'],
    ]),
    '',
    JSON.stringify(view.context, null, 2),
  ].join('\n');
}
