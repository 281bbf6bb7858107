/**
 * `npm run bench`: every benchmark, or those whose names begin with what is given. Progress goes to
 * standard error, the table to standard output, so that it can be kept.
 */

import { parseArgs } from 'node:util';
import { american } from './american.ts';
import { startRig } from './gateway/rig.ts';
import { greeksBook, greeksChain, greeksEuropean } from './greeks.ts';
import type { Bench, Benchmark, Metric } from './harness/benchmark.ts';
import { type Machine, readMachine } from './harness/machine.ts';
import { createProgress } from './harness/progress.ts';
import { renderTable, writeJson } from './harness/report.ts';
import { isQuiet, type Results, readResults, withRun, writeResults } from './harness/results.ts';
import { Workspace } from './harness/workspace.ts';
import { impliedVols } from './iv.ts';
import { apiLooks } from './metrics/api-looks.ts';
import { apiStatus } from './metrics/api-status.ts';
import { capacity } from './metrics/capacity.ts';
import { history } from './metrics/history.ts';
import { journalAppend } from './metrics/journal.ts';
import { kernelTurn } from './metrics/kernel-turn.ts';
import { legs } from './metrics/legs.ts';
import { overload } from './metrics/overload.ts';
import { persist } from './metrics/persist.ts';
import { persistDecisions } from './metrics/persist-decisions.ts';
import { replayBench } from './metrics/replay.ts';
import { shards } from './metrics/shards.ts';
import { start } from './metrics/start.ts';
import { sweepBench } from './metrics/sweep.ts';
import { tickToDecision } from './metrics/tick-to-decision.ts';
import { tickToOrder } from './metrics/tick-to-order.ts';
import { workers } from './metrics/workers.ts';
import { runtime } from './runtime.ts';
import { gatewayLines } from './serving/lines.ts';

/** Those that share the daemon come first, the one that starts its own last. */
const BENCHMARKS: readonly Benchmark[] = [
  tickToOrder,
  tickToDecision,
  apiStatus,
  apiLooks,
  persistDecisions,
  capacity,
  legs,
  workers,
  shards,
  overload,
  kernelTurn,
  journalAppend,
  history,
  persist,
  greeksEuropean,
  greeksChain,
  greeksBook,
  impliedVols,
  american,
  runtime,
  gatewayLines,
  replayBench,
  sweepBench,
  start,
];

const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 };

const HELP = `npm run bench -- [NAME…] [--quick] [--json FILE] [--record] [--profile DIR] [--list]

  NAME       benchmarks whose names begin with it; all without any
  --quick    fewer and shorter blocks
  --json     writes one object per metric
  --record   keeps the figures in test/bench/results, from which the page of figures is made
  --profile  daemons write CPU profiles there; their figures are slower then
  --list     names them
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const parsed = parse();
  if (parsed === null) return EXIT.usage;
  const { values, positionals } = parsed;
  if (values.list === true || values.help === true) {
    process.stdout.write(values.help === true ? HELP : '');
    for (const { name, about } of BENCHMARKS) process.stdout.write(`${name.padEnd(18)} ${about}\n`);
    return EXIT.ok;
  }
  const chosen = BENCHMARKS.filter(
    ({ name }) => positionals.length === 0 || positionals.some((one) => name.startsWith(one)),
  );
  if (chosen.length === 0) {
    process.stderr.write(`no benchmark begins with ${positionals.join(', ')}; --list names them\n`);
    return EXIT.usage;
  }
  const { quick = false, json = null, record = false, profile = null } = values;
  return runAll(chosen, { quick, json, record, profile });
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean' },
        json: { type: 'string' },
        record: { type: 'boolean' },
        profile: { type: 'string' },
        list: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n\n${HELP}`);
    return null;
  }
}

interface Options {
  readonly quick: boolean;
  readonly json: string | null;
  readonly record: boolean;
  readonly profile: string | null;
}

async function runAll(chosen: readonly Benchmark[], options: Options): Promise<number> {
  const machine = readMachine();
  const interrupt = new AbortController();
  // The first asks all to end; whoever cannot wait for it presses again.
  process.once('SIGINT', () => interrupt.abort());
  process.once('SIGTERM', () => interrupt.abort());
  const workspace = new Workspace();
  const progress = createProgress(process.stderr);
  let rig: ReturnType<Bench['rig']> | null = null;
  const bench: Bench = {
    quick: options.quick,
    profileDir: options.profile,
    signal: interrupt.signal,
    workspace,
    progress: progress.show,
    rig: () => {
      rig ??= startRig(bench);
      return rig;
    },
  };
  const metrics: Metric[] = [];
  let failed = false;
  try {
    for (const { name, run } of chosen) {
      progress.show(name);
      try {
        metrics.push(...(await run(bench)));
      } catch (error) {
        if (interrupt.signal.aborted) break;
        failed = true;
        progress.say(`${name} failed: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
  } finally {
    progress.show('ending what was started');
    await workspace.close();
    progress.clear();
  }
  const known = readResults(machine);
  if (metrics.length > 0) process.stdout.write(renderTable(metrics, machine, known));
  if (options.json !== null && !interrupt.signal.aborted) writeJson(options.json, metrics, machine);
  if (options.record && metrics.length > 0 && !interrupt.signal.aborted) {
    process.stdout.write(`${keep(metrics, known, machine, options.quick)}\n`);
  }
  if (interrupt.signal.aborted) return EXIT.interrupted;
  return failed ? EXIT.failed : EXIT.ok;
}

/** Records what was measured, where it is worth it; returns what to tell of it. */
function keep(
  metrics: readonly Metric[],
  known: Results | null,
  machine: Machine,
  quick: boolean,
): string {
  if (!isQuiet(machine)) return `not recorded: load ${machine.load[0]} on ${machine.cores} cores`;
  return writeResults(withRun(known, metrics, { machine, quick, at: Date.now() }));
}
