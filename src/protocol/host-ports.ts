/**
 * What only the process of a daemon can tell or do: its journal, the messages between its actors,
 * the files of its host, its simulated venue. A monitor elsewhere has none of it and says so.
 */

import { z } from 'zod';
import { Fault } from '../fault.ts';
import type { BacktestReads } from './backtest-view.ts';
import type { MessageReads } from './message-view.ts';
import type { PastReads } from './past-view.ts';

/** A fault that the simulated venue is made to have, so that one can watch what follows. */
export const SIMULATED_FAULTS = ['gap', 'disconnect', 'reject', 'stale_quotes'] as const;
export type SimulatedFault = (typeof SIMULATED_FAULTS)[number];

export const simulationView = z
  .strictObject({
    faults: z.array(z.enum(SIMULATED_FAULTS)).readonly().describe('What can be injected.'),
  })
  .readonly();

/** Of a simulated gateway alone: a real one is never asked for a fault. */
export interface SimulationControls {
  inject(fault: SimulatedFault): Promise<string>;
}

/** A configured value with where it comes from. */
export const configKeyView = z
  .strictObject({
    key: z.string().describe('Dotted, as in the configuration reference.'),
    value: z.string().describe('As JSON; a secret is hidden.'),
    source: z.string().describe('File and line, a variable, or `default`.'),
  })
  .readonly();

export const configKeysView = z
  .strictObject({
    file: z.string().describe('Its name, without the folders of the host.'),
    hash: z.string(),
    keys: z.array(configKeyView).readonly(),
    problem: z.string().nullable().describe('Why the file cannot be read now; null: it can.'),
  })
  .readonly();
export type ConfigKeysView = z.output<typeof configKeysView>;

export const versionView = z
  .strictObject({
    version: z.string(),
    node: z.string(),
    platform: z.string(),
    pid: z.int(),
    started_at: z.number().describe('Unix seconds.'),
    memory_mb: z.number().describe('Resident, of the whole process.'),
  })
  .readonly();
export type VersionView = z.output<typeof versionView>;

export interface HostPorts {
  readonly past: PastReads;
  readonly messages: MessageReads;
  readonly backtests: BacktestReads;
  /** Null where the venue is not simulated. */
  readonly simulation: SimulationControls | null;
  configKeys(): ConfigKeysView;
  version(): VersionView;
}

/** Of a process beside the daemon. */
export function noHost(version: () => VersionView): HostPorts {
  const refuse = (): never => {
    throw new Fault('conflict', 'only the daemon itself can tell this', {
      remedy: 'ask the API of the daemon, not that of a monitor or a standby',
    });
  };
  return {
    past: { machineAt: async () => refuse() },
    messages: { messages: refuse },
    backtests: { list: refuse, run: refuse, report: refuse },
    simulation: null,
    configKeys: refuse,
    version,
  };
}
