/**
 * A daemon that waits as the engine would show it: the deciders as they boot, in `standby`, which
 * take no input and leave no record. What the engine will know, it learns when it writes.
 */

import { ACTORS } from '../protocol/decision.ts';
import type { EngineConfig } from '../protocol/decision-config.ts';
import { NOTHING_DURABLE } from '../protocol/durable.ts';
import type { EngineReads } from '../protocol/ports.ts';
import type { Clock, WallClock } from '../runtime/clock.ts';
import type { Stamp } from '../runtime/turn.ts';
import { createDeciders } from './deciders.ts';
import { createFeed, type Feed } from './feed.ts';
import { Machines, summaryOf } from './machine-views.ts';
import { Traces } from './traces.ts';
import { configView, findBook, statusView } from './views.ts';

export interface StandbyOptions {
  readonly config: Omit<EngineConfig, 'journalId' | 'ha'>;
  readonly version: string;
  readonly mono: Clock;
  readonly wall: WallClock;
  /** Why it waits, for people. */
  readonly reason: () => string;
}

export interface StandbyViews {
  readonly reads: EngineReads;
  readonly feed: Feed;
}

/** The views of a daemon in `standby`. */
export function createStandbyViews(options: StandbyOptions): StandbyViews {
  const { version, mono, wall, reason } = options;
  const config: EngineConfig = { ...options.config, journalId: '', ha: true };
  const boot = { type: 'boot', version, exchangeId: null, config } as const;
  const deciders = createDeciders({ ...boot, durable: NOTHING_DURABLE }, 0);
  const at = (): Stamp => ({ mono: mono.now(), trading: Number.NaN, wall: wall.now() });
  deciders.runner.run(
    { kind: 'boot', to: ACTORS.daemon, body: { ...boot, durable: NOTHING_DURABLE } },
    at(),
  );
  const traces = new Traces(deciders);
  const machines = new Machines(deciders, () => [], traces);
  const reads: EngineReads = {
    status: () => {
      const status = statusView({ deciders, at: at(), quiescent: false, tradingTs: null });
      const reasons = [...status.daemon_block_reasons, reason()];
      return { ...status, block_reasons: reasons, daemon_block_reasons: reasons };
    },
    machines: () => machines.all().map(summaryOf),
    machine: (id) => machines.find(id),
    transitions: (id, refused, limit) => traces.transitions(machines.find(id).id, refused, limit),
    explain: (symbol) => findBook(deciders, symbol).explain(at()),
    config: () => configView(deciders),
    actors: () => [],
  };
  return {
    reads,
    feed: createFeed(
      mono,
      () => reads.status(),
      () => null,
    ),
  };
}
