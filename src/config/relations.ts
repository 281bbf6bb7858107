/** What must hold between values of the configuration; a schema sees only one value at a time. */

import { type Config, IB_PORTS } from './schema.ts';

export type KeyPath = readonly (string | number)[];

export interface BrokenRelation {
  /** The key the operator would change. */
  readonly path: KeyPath;
  /** The other keys it was compared with. */
  readonly with: readonly KeyPath[];
  readonly allowed: string;
}

/** Every relation that `config` breaks, in the order of the file's sections. */
export function brokenRelations(config: Config): readonly BrokenRelation[] {
  return [
    ...modeRelations(config),
    ...brokerRelations(config),
    ...haRelations(config),
    ...portRelations(config),
    ...config.books.flatMap((_, index) => bookRelations(config, index)),
    ...gateRelations(config.gates, ['gates']),
    ...greeksRelations(config.greeks, ['greeks']),
    ...orderRelations(config),
    ...alertRelations(config),
  ];
}

/** The relations between pricing settings, at `prefix`; asked of a book's merged settings too. */
export function greeksRelations(
  { delta_mode: mode, minimum_variance: { a, b, c } }: Config['greeks'],
  prefix: KeyPath,
): readonly BrokenRelation[] {
  if (mode !== 'minimum_variance' || a !== 0 || b !== 0 || c !== 0) return [];
  // With none of them the delta would silently be that of Black and Scholes.
  const allowed = 'coefficients that were estimated for the underlying';
  return [{ path: [...prefix, 'minimum_variance'], with: [[...prefix, 'delta_mode']], allowed }];
}

/**
 * The relations between gates; `prefix` says where they stand. Also asked of a book's merged
 * gates, because an override is right or wrong only together with what it overrides.
 */
export function gateRelations(gates: Config['gates'], prefix: KeyPath): readonly BrokenRelation[] {
  const { structure } = gates.strategy;
  const { delta, liquidity } = gates.state;
  const { hedge } = gates.intent;
  const at = (path: string): KeyPath => [...prefix, ...path.split('.')];
  const notAbove = (low: string, lowValue: number, high: string, highValue: number) =>
    lowValue <= highValue
      ? []
      : [{ path: at(low), with: [at(high)], allowed: `at most ${last(high)} (${highValue})` }];
  const twice = structure.include.filter((conId) => structure.exclude.includes(conId));
  const excluded = {
    path: at('strategy.structure.exclude'),
    with: [at('strategy.structure.include')],
    allowed: `contract ids that are not in include (${twice.join(', ')} is)`,
  };
  return [
    ...notAbove(
      'strategy.structure.min_dte',
      structure.min_dte,
      'strategy.structure.max_dte',
      structure.max_dte,
    ),
    ...(twice.length === 0 ? [] : [excluded]),
    ...notAbove(
      'state.delta.epsilon_band',
      delta.epsilon_band,
      'state.delta.threshold_hedge_shares',
      delta.threshold_hedge_shares,
    ),
    ...notAbove(
      'state.delta.threshold_hedge_shares',
      delta.threshold_hedge_shares,
      'state.delta.max_delta_limit',
      delta.max_delta_limit,
    ),
    ...notAbove(
      'state.liquidity.wide_spread_pct',
      liquidity.wide_spread_pct,
      'state.liquidity.extreme_spread_pct',
      liquidity.extreme_spread_pct,
    ),
    ...notAbove(
      'intent.hedge.min_hedge_shares',
      hedge.min_hedge_shares,
      'intent.hedge.max_hedge_shares_per_order',
      hedge.max_hedge_shares_per_order,
    ),
  ];
}

function alertRelations({ alerts }: Config): BrokenRelation[] {
  return alerts.webhooks.flatMap(({ url, url_env, format, chat_id, name }, index) => {
    const at = (key: string): KeyPath => ['alerts', 'webhooks', index, key];
    const broken: BrokenRelation[] = [];
    if ((url === null) === (url_env === null)) {
      broken.push({ path: at('url'), with: [at('url_env')], allowed: 'one of both' });
    }
    if ((format === 'telegram') !== (chat_id !== null)) {
      const allowed = 'the chat, with format telegram and no other';
      broken.push({ path: at('chat_id'), with: [at('format')], allowed });
    }
    if (alerts.webhooks.findIndex((other) => other.name === name) !== index) {
      broken.push({ path: at('name'), with: [], allowed: 'a name that no other webhook has' });
    }
    return broken;
  });
}

function modeRelations(config: Config): BrokenRelation[] {
  const { mode, live_account: liveAccount, broker } = config;
  const broken: BrokenRelation[] = [];
  if (mode === 'live' && liveAccount === null) {
    const allowed = 'the id of the account to trade, since mode is live';
    broken.push({ path: ['live_account'], with: [['mode']], allowed });
  }
  const type = broker.port_type;
  if (mode === 'live' && type.endsWith('_paper')) {
    const allowed = 'tws_live, gateway_live or custom, since mode is live';
    broken.push({ path: ['broker', 'port_type'], with: [['mode']], allowed });
  }
  if (mode === 'paper' && type.endsWith('_live')) {
    const allowed = 'tws_paper, gateway_paper or custom, since mode is paper';
    broken.push({ path: ['broker', 'port_type'], with: [['mode']], allowed });
  }
  if (mode !== 'simulated' && broker.trading_clock !== 'broker') {
    const allowed = 'broker, unless mode is simulated';
    broken.push({ path: ['broker', 'trading_clock'], with: [['mode']], allowed });
  }
  if (mode !== 'simulated' && broker.clock_rate !== 1) {
    const allowed = '1, unless mode is simulated';
    broken.push({ path: ['broker', 'clock_rate'], with: [['mode']], allowed });
  }
  return broken;
}

function brokerRelations({ broker, recorder }: Config): BrokenRelation[] {
  const broken: BrokenRelation[] = [];
  const { market_data_client_id: first, market_data_workers: workers } = broker;
  if (broker.client_id >= first && broker.client_id < first + workers) {
    const one = `another id than client_id (${broker.client_id})`;
    const allowed = workers === 1 ? one : `${one}, which is none of the ${workers} that begin here`;
    broken.push({
      path: ['broker', 'market_data_client_id'],
      with: [['broker', 'client_id']],
      allowed,
    });
  }
  if (workers > 1 && broker.trading_clock === 'lockstep') {
    const allowed = '1 while trading_clock is lockstep: a step is told on one connection';
    const path = ['broker', 'market_data_workers'];
    broken.push({ path, with: [['broker', 'trading_clock']], allowed });
  }
  if (workers > 1 && recorder.enabled) {
    const allowed = '1 while recorder.enabled is true: what it records comes from one connection';
    const path = ['broker', 'market_data_workers'];
    broken.push({ path, with: [['recorder', 'enabled']], allowed });
  }
  const { port_type: type, port } = broker;
  if (type !== 'custom' && IB_PORTS[type] !== port) {
    broken.push({
      path: ['broker', 'port'],
      with: [['broker', 'port_type']],
      allowed: `${IB_PORTS[type]} for ${type}, or port_type custom`,
    });
  }
  return broken;
}

/** A standby shares the writer's database and its account; a simulated exchange it cannot share. */
function haRelations({ ha, mode, store }: Config): BrokenRelation[] {
  if (!ha.standby) return [];
  const broken: BrokenRelation[] = [];
  const about = (other: KeyPath, allowed: string): void => {
    broken.push({ path: ['ha', 'standby'], with: [other], allowed });
  };
  if (mode === 'simulated') about(['mode'], 'false in mode simulated: each has its own exchange');
  if (store.sink !== 'postgres') about(['store', 'sink'], 'false, or store.sink: postgres');
  else if (store.database_url === null) {
    about(['store', 'database_url'], 'false, or a store.database_url that both daemons use');
  }
  return broken;
}

function portRelations({ mode, gateway, api }: Config): BrokenRelation[] {
  if (mode !== 'simulated') return [];
  const ports: readonly (readonly [KeyPath, number])[] = [
    [['gateway', 'port'], gateway.port],
    [['gateway', 'admin_port'], gateway.admin_port],
    [['api', 'port'], api.port],
  ];
  return ports.flatMap(([path, port], index) => {
    const same = ports.slice(0, index).find(([, other]) => other === port && port !== 0);
    if (same === undefined) return [];
    return [{ path, with: [same[0]], allowed: `another port than ${same[0].join('.')} (${port})` }];
  });
}

function bookRelations(config: Config, index: number): BrokenRelation[] {
  const book = config.books[index];
  if (book === undefined) return [];
  const broken: BrokenRelation[] = [];
  const first = config.books.findIndex((other) => other.symbol === book.symbol);
  if (first < index) {
    broken.push({
      path: ['books', index, 'symbol'],
      with: [['books', first, 'symbol']],
      allowed: `another symbol than books[${first}]: one book per underlying`,
    });
  }
  const live = config.live_account;
  if (config.mode === 'live' && live !== null && book.account !== null && book.account !== live) {
    broken.push({
      path: ['books', index, 'account'],
      with: [['live_account']],
      allowed: `live_account (${live})`,
    });
  }
  for (const [at, { name }] of book.shadows.entries()) {
    if (book.shadows.findIndex((other) => other.name === name) === at) continue;
    const allowed = 'a name that no other shadow of the book has';
    broken.push({ path: ['books', index, 'shadows', at, 'name'], with: [], allowed });
  }
  return broken;
}

function orderRelations({ order }: Config): BrokenRelation[] {
  if (order.ack_timeout_s <= order.held_timeout_s) return [];
  return [
    {
      path: ['order', 'ack_timeout_s'],
      with: [['order', 'held_timeout_s']],
      allowed: `at most held_timeout_s (${order.held_timeout_s})`,
    },
  ];
}

function last(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
