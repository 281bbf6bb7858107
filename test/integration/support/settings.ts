/** Configurations and scenarios of the integration tests: the demo's, but quicker to act. */

interface SettingsOptions {
  readonly mode?: 'simulated' | 'paper';
  /** Of the gateway, mode paper. */
  readonly port?: number;
  readonly broker?: object;
  readonly store?: object;
  readonly scenario?: string;
  /** Of the book. */
  readonly shadows?: readonly object[];
  readonly parity?: object;
}

/** The deployment's name in every order reference. */
export const DEPLOYMENT = 'test';

/** Hedges as soon as net delta leaves the band, a second after the last one. */
export function quickSettings(options: SettingsOptions = {}): object {
  const { mode = 'simulated', port, broker = {}, store, scenario, shadows = [], parity } = options;
  return {
    mode,
    broker: {
      deployment: DEPLOYMENT,
      ...(port === undefined ? {} : { port, port_type: 'custom' }),
      ...broker,
    },
    ...(scenario === undefined ? {} : { gateway: { scenario } }),
    books: [{ symbol: 'NVDA', shadows }],
    ...(parity === undefined ? {} : { parity }),
    gates: {
      strategy: { structure: { membership: 'auto' }, open_delay_s: 0 },
      state: { leg_settle_s: 0, safe_hold_seconds: 0 },
      intent: { hedge: { cooldown_seconds: 1, min_price_move_pct: 0 } },
      guard: {
        risk: { max_daily_hedge_count: 5000, max_orders_per_minute: 1000 },
        account: { max_orders_per_minute: 1000 },
      },
    },
    daemon: { heartbeat_interval_s: 5 },
    ...(store === undefined ? {} : { store }),
  };
}
