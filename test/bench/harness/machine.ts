/** The machine a figure belongs to: without it a figure says nothing. */

import { cpus, loadavg, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly os: string;
  readonly node: string;
  /** Load averages of 1, 5 and 15 minutes when the run began. */
  readonly load: readonly number[];
}

export function readMachine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    node: process.version,
    load: loadavg().map((load) => Math.round(load * 100) / 100),
  };
}

export function describeMachine(machine: Machine): string {
  const { cpu, cores, memoryGb, os, node, load } = machine;
  return `${cpu}, ${cores} cores, ${memoryGb} GB · ${os} · node ${node} · load ${load.join(' ')}`;
}
