/**
 * What the operator may set for a book, as the decision code reads it. Keys keep the spelling of
 * the configuration file, so that a reason on the page, a key in the file and a name in the code
 * are one word. `src/config/schema.ts` parses, documents and defaults them. Keys in `_pct` are
 * in percent, `_s` and `_seconds` in seconds, `_ms` in milliseconds, `_usd` in US dollars.
 */

export interface StructureSettings {
  readonly min_dte: number;
  readonly max_dte: number;
  readonly atm_band_pct: number;
  readonly selection: 'sticky' | 'strict';
  readonly membership: 'confirm' | 'auto';
  readonly include: readonly number[];
  readonly exclude: readonly number[];
}

export interface EarningsSettings {
  readonly mode: 'alert' | 'force_only' | 'block';
  readonly blackout_days_before: number;
  readonly blackout_days_after: number;
  /** `YYYY-MM-DD`. */
  readonly dates: readonly string[];
}

/** How the volatility of the rolling window is estimated. */
export const VOL_ESTIMATORS = [
  'realised',
  'bipower',
  'parkinson',
  'garman_klass',
  'rogers_satchell',
  'yang_zhang',
  'ewma',
] as const;
export type VolEstimator = (typeof VOL_ESTIMATORS)[number];

export interface GateSettings {
  readonly strategy: {
    readonly structure: StructureSettings;
    readonly earnings: EarningsSettings;
    readonly trading_hours_only: boolean;
    readonly open_delay_s: number;
    readonly close_cut_s: number;
  };
  readonly state: {
    readonly delta: {
      readonly epsilon_band: number;
      readonly threshold_hedge_shares: number;
      readonly max_delta_limit: number;
    };
    readonly market: {
      readonly vol_window_min: number;
      readonly vol_estimator: VolEstimator;
      readonly stale_ts_threshold_ms: number;
    };
    readonly liquidity: {
      readonly wide_spread_pct: number;
      readonly extreme_spread_pct: number;
    };
    readonly system: { readonly data_lag_threshold_ms: number };
    readonly safe_hold_seconds: number;
    readonly leg_settle_s: number;
    readonly iv_max_age_s: number;
  };
  readonly intent: {
    readonly hedge: {
      readonly min_hedge_shares: number;
      readonly cooldown_seconds: number;
      readonly max_hedge_shares_per_order: number;
      readonly min_price_move_pct: number;
    };
  };
  readonly guard: {
    readonly risk: {
      readonly max_daily_hedge_count: number;
      readonly max_position_shares: number;
      readonly max_daily_loss_usd: number;
      readonly on_daily_loss: 'force_only' | 'halt';
      readonly max_daily_hedge_cost_usd: number | null;
      readonly max_net_delta_shares: number | null;
      readonly max_spread_pct: number | null;
      readonly max_notional_usd: number | null;
      readonly price_collar_pct: number;
      readonly max_orders_per_minute: number;
      readonly max_reject_streak: number;
    };
    readonly account: {
      readonly max_daily_loss_usd: number | null;
      readonly max_orders_per_minute: number;
      readonly max_daily_notional_usd: number | null;
    };
  };
}

/** How the no-trade band is drawn. */
export const HEDGING_POLICIES = [
  'fixed_band',
  'whalley_wilmott',
  'zakamouline',
  'leland',
  'gamma_scaled',
  'move',
  'time',
] as const;

export interface HedgingSettings {
  readonly policy: (typeof HEDGING_POLICIES)[number];
  readonly trade_to: 'policy' | 'center' | 'edge';
  readonly cost_bps: number;
  readonly risk_aversion: number;
  /** Of `gamma_scaled`: so many standard deviations of the spot's move over the interval. */
  readonly gamma_multiple: number;
  readonly gamma_interval_min: number;
  /** Of `time`. */
  readonly time_interval_min: number;
  /** Of `move`: so many standard deviations of the spot's move over the interval. */
  readonly move_multiple: number;
  readonly move_interval_min: number;
  /** Of `leland`. */
  readonly leland_interval_min: number;
  readonly eod_hedge: {
    /** `HH:MM` of New York, or `close-10m`. */
    readonly at: string;
    readonly to: 'center';
    /** Null: the band's ε. */
    readonly from: number | null;
  } | null;
  readonly on_empty_book: 'alert' | 'flatten';
}

export interface OrderSettings {
  readonly order_type: 'limit' | 'market' | 'midprice' | 'adaptive';
  readonly limit_offset_ticks: number;
  readonly reprice_after_s: number;
  readonly max_reprices: number;
  readonly ack_timeout_s: number;
  readonly held_timeout_s: number;
  readonly tif: 'GTD' | 'DAY' | 'IOC';
  readonly outside_rth: boolean;
  readonly on_stop: 'cancel' | 'leave';
}

export interface GreeksSettings {
  /** Continuously compounded, per year; where `rate_curve` is empty. */
  readonly risk_free_rate: number;
  /** Ascending in days; the same compounding. */
  readonly rate_curve: readonly { readonly days: number; readonly rate: number }[];
  /** Continuous, per year; of legs in whose life no cash dividend falls. */
  readonly dividend_yield: number;
  /** Cash dividends to come: `YYYY-MM-DD`, and USD per share. */
  readonly dividends: readonly { readonly ex_date: string; readonly amount: number }[];
  /** Without dates and yield here, the next dividend is the one that IB tells. */
  readonly ib_dividends: boolean;
  /** Annualised; used when `vol_source` is `fixed`. */
  readonly volatility: number;
  readonly vol_source: 'quote' | 'smile' | 'ib' | 'fixed';
  /** Watched for a smile on either side of the money at each expiry, where one is used. */
  readonly smile_strikes: number;
  readonly exercise: 'american' | 'european';
  readonly delta_mode: 'black_scholes' | 'sticky_strike' | 'minimum_variance';
  /** Coefficients of the quadratic in delta of `minimum_variance`. */
  readonly minimum_variance: { readonly a: number; readonly b: number; readonly c: number };
  /** Percent of mid. */
  readonly wide_quote_pct: number;
  /** Delta per share. */
  readonly quorum_tolerance: number;
  /** Trading time. */
  readonly vol_refresh_ms: number;
}

/** Everything one book needs to know from the configuration. */
export interface BookSettings {
  readonly symbol: string;
  readonly con_id: number | null;
  readonly account: string | null;
  readonly strategy_enabled: boolean;
  readonly gates: GateSettings;
  readonly hedging: HedgingSettings;
  readonly order: OrderSettings;
  readonly greeks: GreeksSettings;
  /** Absent: none. */
  readonly shadows?: readonly ShadowSettings[];
}

/** Other gates and another policy for a book's quotes: they decide, and send no order. */
export interface ShadowSettings {
  readonly name: string;
  /** On the way to the simulated exchange that its orders fill on, ms. */
  readonly latency_ms: number;
  /** As its book has them, but for what is tried. */
  readonly settings: BookSettings;
}
