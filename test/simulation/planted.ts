/**
 * Mistakes that somebody could make, planted between the deciders and the broker or between the
 * journal and its disk: what leaves and what comes is changed, and the judge has to find it by its
 * effects. Each says by which check: found by another, it would prove nothing about that one.
 */

import type { BrokerArgs } from '../../actors/broker.ts';
import type { GateSettings } from '../../src/domain/settings.ts';
import type { BrokerCommand, BrokerReport, ExecutionReport } from '../../src/protocol/broker.ts';
import type { ControlCommand } from '../../src/protocol/control.ts';
import type { EngineConfig } from '../../src/protocol/decision-config.ts';
import type { Actor, ActorContext, ActorRef } from '../../src/runtime/actor.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import type { FileFunctions, Spoil } from './disk.ts';

interface Commanded {
  command(control: ControlCommand, answered: () => void): void;
}

type Config = Omit<EngineConfig, 'journalId'>;
type Factory = (context: ActorContext, args: BrokerArgs) => Actor<BrokerCommand>;

export interface Plant {
  /** The same actor, with a mistake. */
  readonly broker?: (factory: Factory) => Factory;
  readonly disk?: Spoil;
  /** Rows and their position go to the database in two transactions. */
  readonly splitsCommits?: boolean;
  /** What the engine takes for the file's configuration. */
  readonly config?: (config: Config) => Config;
  /** A daemon was started again. */
  readonly restarted?: (daemon: Commanded, world: Clock) => void;
  /** What the judge says of it. */
  readonly finding: RegExp;
}

type Submit = Extract<BrokerCommand, { readonly type: 'order.submit' }>;

interface Mistake {
  /** What the actor gets for a command. */
  command?(command: BrokerCommand): readonly BrokerCommand[];
  /** What the deciders hear of a report. */
  report?(report: BrokerReport): readonly BrokerReport[];
}

/** `make` makes the mistake of one life: what it remembers ends with the process. */
function broker(finding: RegExp, make: () => Mistake): Plant {
  return {
    finding,
    broker: (factory) => (context, args) => {
      const { command, report } = make();
      const told = (ref: ActorRef<BrokerReport>): ActorRef<BrokerReport> => ({
        ...ref,
        cast: (one) => {
          for (const changed of report?.(one) ?? [one]) ref.cast(changed);
        },
      });
      // The actor tells one other, and that by reports alone.
      const ref = (id: string) => told(context.ref<BrokerReport>(id));
      const actor = factory({ ...context, ref: ref as ActorContext['ref'] }, args);
      return {
        receive: (one) => {
          for (const changed of command?.(one) ?? [one]) void actor.receive(changed);
        },
        stop: () => actor.stop?.(),
      };
    },
  };
}

/** Every order that leaves is another. */
function orders(finding: RegExp, change: (order: Submit['order']) => object): Plant {
  return broker(finding, () => ({
    command: (one) => {
      if (one.type !== 'order.submit') return [one];
      return [{ ...one, order: { ...one.order, ...change(one.order) } }];
    },
  }));
}

type Change = (one: ExecutionReport) => readonly ExecutionReport[];

/** Every execution that is told, by itself or in a read, is told otherwise. */
function executions(finding: RegExp, make: () => Change): Plant {
  return broker(finding, () => {
    const change = make();
    return {
      report: (one) => {
        if (one.type === 'execution') {
          return change(one.execution).map((execution) => ({ ...one, execution }));
        }
        if (one.type !== 'read.done') return [one];
        return [{ ...one, read: { ...one.read, executions: one.read.executions.flatMap(change) } }];
      },
    };
  });
}

/** Reads of the broker's truth miss something. */
function reads(finding: RegExp, missing: object): Plant {
  return broker(finding, () => ({
    report: (one) => {
      if (one.type !== 'read.done') return [one];
      return [{ ...one, read: { ...one.read, ...missing } }];
    },
  }));
}

/** The handles that are open on segments of the journal. */
function journalHandles(functions: FileFunctions): {
  readonly open: (path: string, flags: string) => unknown;
  readonly paths: Map<unknown, string>;
} {
  const paths = new Map<unknown, string>();
  const open = (path: string, flags: string): unknown => {
    const handle = functions['openSync']?.(path, flags);
    if (path.includes('/journal-')) paths.set(handle, `${flags} ${path}`);
    else paths.delete(handle);
    return handle;
  };
  return { open, paths };
}

/** Effects leave before the journal has them: the bytes reach the disk a moment later. */
const writeBehind: Spoil = (functions, clock) => {
  const { open, paths } = journalHandles(functions);
  const write = (handle: number, bytes: Uint8Array, offset: number, length: number): unknown => {
    if (!paths.has(handle)) return functions['writeSync']?.(handle, bytes, offset, length);
    const kept = Uint8Array.prototype.slice.call(bytes, offset, offset + length);
    clock.setTimer(WRITE_BEHIND_MS, () => {
      // The process may be gone by then, and with it what it had not written.
      if (functions['existsSync']?.('/') === true) tryWrite(functions, handle, kept);
    });
    return length;
  };
  return { ...functions, openSync: open, writeSync: write };
};

const WRITE_BEHIND_MS = 200;

function tryWrite(functions: FileFunctions, handle: number, bytes: Uint8Array): void {
  try {
    functions['writeSync']?.(handle, bytes, 0, bytes.length);
  } catch {
    // As when a process dies with bytes of its own.
  }
}

/** `always` says that each record is synced, and none is. */
const neverSync: Spoil = (functions) => ({ ...functions, fdatasyncSync: () => undefined });

/** The start after it trusts the next sync of the same segment. */
const forgetsFailedSyncs: Spoil = (functions) => ({
  ...functions,
  existsSync: (path: string) => !path.endsWith('.doubt') && functions['existsSync']?.(path),
});

/** Each with what it is. */
export const PLANTED: Readonly<Record<string, Plant>> = {
  'an order is sent twice, under two names': broker(/journal first: \S+x is/, () => ({
    command: (one) => {
      if (one.type !== 'order.submit') return [one];
      const again = { ...one.order, orderRef: `${one.order.orderRef}x` };
      return [one, { ...one, order: again }];
    },
  })),
  'an order is sent again when nobody answers': broker(/journal first: \S+r is/, () => {
    const unanswered = new Map<string, Submit>();
    return {
      command: (one) => {
        if (one.type === 'order.submit') unanswered.set(one.order.orderRef, one);
        if (one.type !== 'read') return [one];
        // Something is not known, or it would not be asked for.
        const again = [...unanswered.values()].map((two) => ({
          ...two,
          order: { ...two.order, orderRef: `${two.order.orderRef}r` },
        }));
        return [...again, one];
      },
      report: (one) => {
        if (one.type === 'order.report') unanswered.delete(one.order.orderRef);
        return [one];
      },
    };
  }),
  'orders are twice as large as decided': orders(/journal first: .* is (?:BUY|SELL)/, (order) => ({
    quantity: order.quantity * 2,
  })),
  'orders buy where they should sell': orders(/journal first: .* is (?:BUY|SELL)/, (order) => ({
    side: order.side === 'BUY' ? 'SELL' : 'BUY',
  })),
  'orders go out at another price': orders(/journal first: .* at the exchange/, (order) => ({
    limitPrice: order.limitPrice + 0.01,
  })),
  'effects leave before the journal has them': {
    disk: writeBehind,
    finding: /journal first: .* in the journal nowhere/,
  },
  'what is said to be synced is not': {
    disk: neverSync,
    finding: /journal first: .* in the journal nowhere/,
  },
  'a sync that failed is forgotten': {
    disk: forgetsFailedSyncs,
    finding: /replay: record \d+ \(gap\)|no valid record/,
  },
  'a fill is told twice, under two ids': executions(/invariant [34]|break without/, () => (one) => {
    const { execId, execBase } = one;
    return [one, { ...one, execId: `9${execId}`, execBase: `9${execBase}` }];
  }),
  'fills are never told': executions(/invariant [34]|break without|not hedged/, () => () => []),
  'a fill is booked at another price': executions(/invariant 3: .* at /, () => (one) => [
    { ...one, price: one.price + 1 },
  ]),
  'a sale is booked as a purchase': executions(/invariant 4|break without/, () => (one) => [
    { ...one, side: 'BUY' },
  ]),
  'only the first fill of an order is booked': executions(/invariant [34]|break|not hedged/, () => {
    const first = new Map<string, string>();
    return (one) => {
      const known = first.get(one.orderRef) ?? one.execBase;
      first.set(one.orderRef, known);
      return known === one.execBase ? [one] : [];
    };
  }),
  'corrections are thrown away': executions(
    /invariant 3: .* at /,
    () => (one) => (one.revision > 1 ? [] : [one]),
  ),
  'a trade made by hand is taken for ours': executions(
    /break without|nobody|invariant|latched/,
    () => {
      let last = '';
      return (one) => {
        if (one.orderRef !== '') last = one.orderRef;
        return [{ ...one, orderRef: last }];
      };
    },
  ),
  'fills of an outage are not asked for': reads(/invariant [34]|break without|latched/, {
    executions: [],
  }),
  'a correction is booked as another fill': executions(/invariant [34]|break/, () => (one) => [
    one.revision > 1 ? { ...one, execBase: one.execId, revision: 1 } : one,
  ]),
  'cancels go nowhere': broker(/not h|invariant|not running|latched/, () => ({
    command: (one) => (one.type === 'order.cancel' ? [] : [one]),
  })),
  'a lost connection is never told': broker(/not h|latched|invariant/, () => ({
    report: (one) => (one.type === 'link.lost' ? [] : [one]),
  })),
  'a commission is booked in cents': broker(/cash: /, () => ({
    report: (one) => {
      if (one.type !== 'commission') return [one];
      const { commission } = one;
      return [{ ...one, commission: { ...commission, commission: commission.commission * 100 } }];
    },
  })),
  'a restart forgets that trading is suspended': {
    finding: /invariant 2: an order left that the operator had suspended/,
    restarted: (daemon, world) => {
      world.setTimer(5000, () => daemon.command({ command: 'resume' }, () => undefined));
    },
  },
  'rows and their position are committed apart': {
    finding: /database: /,
    splitsCommits: true,
  },
  'the cap of an order is read with a nought too many': {
    finding: /gate bypassed: \d+ shares in one order/,
    config: (config) =>
      withGates(config, (gates) => {
        const { hedge } = gates.intent;
        const most = hedge.max_hedge_shares_per_order * 10;
        return { ...gates, intent: { hedge: { ...hedge, max_hedge_shares_per_order: most } } };
      }),
  },
  'the limits of pace and position are not read': {
    finding: /gate bypassed: \d+ orders in a minute|invariant 7/,
    config: (config) =>
      withGates(config, (gates) => {
        const { risk } = gates.guard;
        const wide = { ...risk, max_orders_per_minute: 1000, max_position_shares: 1_000_000 };
        const hedge = { ...gates.intent.hedge, cooldown_seconds: 0, min_price_move_pct: 0 };
        return { ...gates, guard: { ...gates.guard, risk: wide }, intent: { hedge } };
      }),
  },
};

function withGates(config: Config, change: (gates: GateSettings) => GateSettings): Config {
  const books = config.books.map(({ settings, ...rest }) => ({
    ...rest,
    settings: { ...settings, gates: change(settings.gates) },
  }));
  return { ...config, books };
}
