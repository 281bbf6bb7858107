/** What the actors report to the kernel: where it is received, and which messages are taken. */

import type { BrokerReport } from '../protocol/broker.ts';
import type { DaemonMessage } from '../protocol/decision.ts';
import type { MarketReport } from '../protocol/market.ts';
import { defineProtocol } from '../runtime/protocol.ts';

export type GreeksReport =
  | { readonly type: 'book.priced'; readonly slot: number; readonly tradingTs: number }
  | { readonly type: 'market.time'; readonly ts: number };

export interface SinkReport {
  readonly type: 'sink';
  readonly state: 'ok' | 'behind' | 'down';
  readonly reason?: string;
}

export type DiskReport = Extract<DaemonMessage, { readonly type: 'disk' }>;

/** Ids under which the reports are received. */
export const REPORTS = {
  broker: 'kernel:broker',
  market: 'kernel:market',
  greeks: 'kernel:greeks',
  sink: 'kernel:sink',
} as const;

/** A message of another type never becomes the input of a turn. */
export const REPORT_PROTOCOLS = {
  broker: defineProtocol<BrokerReport>({
    'link.up': true,
    'link.failed': true,
    'link.lost': true,
    'upstream.lost': true,
    'upstream.restored': true,
    farm: true,
    time: true,
    'read.done': true,
    'read.failed': true,
    'contract.terms': true,
    'contract.failed': true,
    'order.tested': true,
    'order.report': true,
    'order.error': true,
    execution: true,
    commission: true,
    position: true,
    account: true,
    notice: true,
  }),
  market: defineProtocol<MarketReport>({
    'market.up': true,
    'market.lost': true,
    'market.dataType': true,
    'market.probed': true,
    'market.refused': true,
    'market.untold': true,
    'market.time': true,
  }),
  greeks: defineProtocol<GreeksReport>({ 'book.priced': true, 'market.time': true }),
  sink: defineProtocol<SinkReport | DiskReport>({ sink: true, disk: true }),
} as const;
