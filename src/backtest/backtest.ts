/** A backtest from request to result: what the command, the sweep and the tests call. */

import { NO_FINANCING } from '../domain/financing.ts';
import { createLogger } from '../log.ts';
import { type Course, courseOf } from './course.ts';
import { type BacktestResult, resultOf } from './result.ts';
import { type RunOptions, runBacktest } from './run.ts';
import {
  engineConfigFor,
  type RunConfig,
  type RunRequest,
  scenarioFor,
  settingsFor,
} from './setup.ts';
import { actionsWithin, type Source } from './source.ts';

export interface BacktestOptions extends Pick<RunOptions, 'onProgress' | 'isStopped' | 'observe'> {
  readonly request: RunRequest;
  readonly loaded: RunConfig;
  readonly source: Source;
  readonly version: string;
}

export interface BacktestRun {
  readonly result: BacktestResult;
  /** What was decided and sent, to be compared with another session's. */
  readonly course: Course;
}

/** Plays the source. Rejects with a `Fault` where it cannot be begun. */
export async function backtest(options: BacktestOptions): Promise<BacktestResult> {
  return (await backtestRun(options)).result;
}

/** The same, with the course it took. */
export async function backtestRun(options: BacktestOptions): Promise<BacktestRun> {
  const { request, loaded, source, version } = options;
  const { onProgress, isStopped, observe } = options;
  const { symbol, seed, rule, positions, execution } = request;
  const { tape, days, barMs } = source;
  const settings = settingsFor(loaded, symbol);
  const actions = actionsWithin(source.actions, request.actions, days);
  const outcome = await runBacktest({
    ...{ tape, days, barMs, symbol, version, rule, onProgress, isStopped },
    ...(observe === undefined ? {} : { observe }),
    scenario: scenarioFor(request, settings, { start: source.start, actions }),
    config: engineConfigFor(request, settings, `backtest ${loaded.hash}`, tape),
    financing: execution.financing ?? NO_FINANCING,
    wanted: positions.filter(({ avgCost }) => avgCost === null),
    log: createLogger({ level: 'error', pretty: false }),
  });
  const identity = {
    ...{ symbol, days, seed, version, execution, settings },
    config_hash: loaded.hash,
    data_hash: source.hash,
    holding: { rule, positions },
    actions,
  };
  const result = resultOf(outcome, identity, source.origin);
  return { result, course: courseOf(outcome.collector) };
}
