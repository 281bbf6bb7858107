/** What the run says to the gateway's process, and hears from it. Times are of one process. */

/** Whose connections: the daemon's, or those of the program it is compared with. */
export type Link = 'daemon' | 'echo';

export const CLIENT_IDS: Readonly<
  Record<Link, { readonly orders: number; readonly market: number }>
> = { daemon: { orders: 1, market: 2 }, echo: { orders: 11, market: 12 } };

export interface TickOrder {
  /** `cross`: each tick crosses the hedge threshold, and an order answers it. */
  readonly type: 'cross' | 'quiet';
  readonly link: Link;
  readonly count: number;
  readonly perSecond: number;
}

/** When ticks were written and their orders read; `process.hrtime`, ms. */
export interface TickReport {
  readonly type: 'ticked';
  readonly written: readonly number[];
  /** NaN where no order came within two seconds; empty for quiet ticks. */
  readonly read: readonly number[];
}

/** Quiet ticks of all underlyings in turn, some at once where a millisecond has more than one. */
export interface FloodOrder {
  readonly type: 'flood';
  readonly perSecond: number;
  readonly seconds: number;
}

export interface FloodReport {
  readonly type: 'flooded';
  /** Fewer than were due where the daemon read too slowly. */
  readonly sent: number;
  /** How long it took, ms. */
  readonly elapsed: number;
  /** The last mid of each underlying, in their order. */
  readonly mids: readonly number[];
}

export type GatewayCommand = TickOrder | FloodOrder | { readonly type: 'orders' };

export type GatewayAnswer =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'orders'; readonly count: number }
  | TickReport
  | FloodReport;
