/** Metrics of the engine: is it well, how fast is it, what did it do. */

import type { Tally } from '../protocol/engine-metrics.ts';
import { STAGE_NAMES } from '../protocol/stages.ts';
import type { ActorView, Lamp, StatusView } from '../protocol/views.ts';
import { type Metric, one, type Scrape, sample } from './metric.ts';

const LAMPS: Readonly<Record<Lamp, number>> = { green: 0, yellow: 1, red: 2 };

type Take = Metric['take'];

function gauge(name: string, help: string, labels: readonly string[], take: Take): Metric {
  return { name: `bifrost_${name}`, type: 'gauge', help, labels, take };
}

function counter(name: string, help: string, labels: readonly string[], take: Take): Metric {
  return { name: `bifrost_${name}_total`, type: 'counter', help, labels, take };
}

function tallied(tallies: readonly Tally[] | undefined) {
  return (tallies ?? []).map(({ labels, count }) => sample(labels, count));
}

function ofActors(value: (actor: ActorView) => number | boolean): Take {
  return ({ actors }) => actors.map((actor) => sample([actor.id], value(actor)));
}

/** Actors of one thread share its loop; a supervisor has none. */
function loops({ actors }: Scrape) {
  const threads = new Map<string, number>();
  for (const { kind, placement, event_loop_use: use } of actors) {
    if (kind !== 'supervisor') threads.set(placement, use);
  }
  return [...threads].map(([thread, use]) => sample([thread], use));
}

function ofRecorder(
  value: (recorder: NonNullable<StatusView['recorder']>) => number | boolean,
): Take {
  return ({ status: { recorder } }) => (recorder ? one(value(recorder)) : []);
}

const HEALTH: readonly Metric[] = [
  gauge('build', '1, with what runs.', ['version', 'mode'], ({ version, status }) => [
    sample([version, status.mode], 1),
  ]),
  gauge('lamp', 'Lamp of the whole: 0 green, 1 yellow, 2 red.', [], ({ status }) =>
    one(LAMPS[status.status_lamp]),
  ),
  gauge('daemon_lamp', 'Lamp of the engine apart from its books.', [], ({ status }) =>
    one(LAMPS[status.daemon_lamp]),
  ),
  gauge('block_reason', '1 for each reason that the lamp is not green.', ['reason'], (scrape) =>
    scrape.status.block_reasons.map((reason) => sample([reason], 1)),
  ),
  gauge('alert', '1 for each alert that holds now.', ['alert', 'book'], ({ status }) =>
    status.alerts.map(({ id, symbol }) => sample([id, symbol], 1)),
  ),
  gauge('suspended', '1 while no new hedge is sent.', [], ({ status }) =>
    one(status.trading_suspended),
  ),
  gauge('daemon_alive', '1 while the engine gives signs of life.', [], ({ status }) =>
    one(status.daemon_heartbeat.daemon_alive),
  ),
  gauge('heartbeat_age_seconds', 'Since the last heartbeat.', [], ({ status, now }) => {
    const last = status.daemon_heartbeat.last_ts;
    return one(last === null ? null : Math.max(0, now - last));
  }),
  gauge('broker_connected', '1 while the broker is connected.', [], ({ status }) =>
    one(status.daemon_heartbeat.ib_connected),
  ),
  gauge('broker_retry_seconds', 'Until the next attempt to connect.', [], ({ status }) =>
    one(status.daemon_heartbeat.seconds_until_retry),
  ),
  gauge('machine_state', '1 for the state of each machine.', ['machine', 'state'], (scrape) =>
    scrape.machines.map(({ id, label }) => sample([id, label], 1)),
  ),
];

const WORK: readonly Metric[] = [
  {
    name: 'bifrost_stage_seconds',
    type: 'histogram',
    help: 'Time of each stage of the way from a tick to an order.',
    labels: ['stage'],
    take: ({ engine }) =>
      engine === null
        ? []
        : STAGE_NAMES.map((stage) => ({ labels: [stage], value: engine.stages[stage] })),
  },
  counter('turns', 'Turns by kind of input.', ['kind'], ({ engine }) => tallied(engine?.turns)),
  gauge('inputs_waiting', 'Inputs that wait for a turn.', [], ({ engine }) => one(engine?.waiting)),
  counter(
    'operations',
    'Operations by book and type: orders, fills, rejects, …',
    ['book', 'type'],
    (s) => tallied(s.engine?.operations),
  ),
  counter('transitions', 'Changes of state by machine.', ['machine', 'state'], ({ engine }) =>
    tallied(engine?.transitions),
  ),
  gauge('database_lag_bytes', 'Of the journal, not in the database.', [], ({ engine }) =>
    one(engine?.unshippedBytes),
  ),
  counter('tape_lost_evaluations', 'Evaluations that no tape has.', [], ({ engine }) =>
    one(engine?.tapeLost),
  ),
  counter('alert_deliveries', 'Alerts by webhook and outcome.', ['webhook', 'outcome'], (s) => {
    return tallied(s.deliveries);
  }),
];

const ACTORS: readonly Metric[] = [
  gauge('actor_running', '1 while the actor runs.', ['actor'], ({ actors }) =>
    actors.map(({ id, state }) => sample([id], state === 'running')),
  ),
  counter(
    'actor_restarts',
    'Restarts of the actor.',
    ['actor'],
    ofActors((it) => it.restarts),
  ),
  gauge(
    'mailbox_depth',
    'Messages that wait.',
    ['actor'],
    ofActors((it) => it.mailbox_depth),
  ),
  gauge(
    'mailbox_high',
    'The most that ever waited.',
    ['actor'],
    ofActors((it) => it.mailbox_high),
  ),
  counter(
    'actor_messages',
    'Messages it took.',
    ['actor'],
    ofActors((it) => it.messages),
  ),
  counter(
    'mailbox_dropped',
    'Dropped for newer ones.',
    ['actor'],
    ofActors((it) => it.dropped),
  ),
  counter(
    'mailbox_refused',
    'Found it full.',
    ['actor'],
    ofActors((it) => it.refused),
  ),
  counter(
    'dead_letters',
    'Reached nobody.',
    ['actor'],
    ofActors((it) => it.dead_letters),
  ),
  gauge('event_loop_use_ratio', 'Busy share of a thread, 0 to 1, lately.', ['thread'], loops),
];

const PROCESS: readonly Metric[] = [
  gauge('process_start_time_seconds', 'When it began to answer, unix seconds.', [], (s) =>
    one(s.process.startedAt),
  ),
  counter('process_cpu_seconds', 'Of all threads.', [], (s) => one(s.process.cpuSeconds)),
  gauge('process_resident_bytes', 'Resident memory.', [], (s) => one(s.process.residentBytes)),
  gauge('process_heap_used_bytes', 'Heap of the main thread.', [], (s) =>
    one(s.process.heapUsedBytes),
  ),
  gauge('process_external_bytes', 'Memory outside of heaps.', [], (s) =>
    one(s.process.externalBytes),
  ),
  gauge('readers', 'Who follows now: events or inspectors.', ['kind'], ({ readers }) => [
    sample(['events'], readers.events),
    sample(['inspectors'], readers.inspectors),
  ]),
];

const RECORDER: readonly Metric[] = [
  gauge('recorder_recording', '1 while quotes are recorded, 0 if that failed.', [], (scrape) =>
    ofRecorder(({ state }) => state === 'recording')(scrape),
  ),
  counter(
    'recorder_rows',
    'Quotes taken.',
    [],
    ofRecorder(({ rows }) => rows),
  ),
  gauge(
    'recorder_waiting_rows',
    'Not on disk yet.',
    [],
    ofRecorder(({ waiting }) => waiting),
  ),
  gauge(
    'recorder_bytes',
    'Of the data set.',
    [],
    ofRecorder(({ bytes }) => bytes),
  ),
  gauge(
    'recorder_lag_seconds',
    'The longest wait lately.',
    [],
    ofRecorder((r) => r.lag_ms / 1000),
  ),
  counter('recorder_skipped', 'Quotes that are not in it.', ['reason'], ({ status }) =>
    Object.entries(status.recorder?.skipped ?? {}).map(([reason, n]) => sample([reason], n)),
  ),
];

export const ENGINE_METRICS = [...HEALTH, ...WORK, ...ACTORS, ...PROCESS, ...RECORDER];
