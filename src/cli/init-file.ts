/** The configuration that `bifrost init` writes: what was answered, and why each line is there. */

import { IB_PORTS } from '../config/schema.ts';

export interface Answers {
  readonly mode: 'simulated' | 'paper' | 'live';
  readonly symbols: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  /** The account to trade; null: the login has one only. */
  readonly account: string | null;
}

/** A file for `mode` that loads as it is; what is not in it has its default. */
export function configText(answers: Answers): string {
  const { mode } = answers;
  return [
    HEADS[mode],
    mode === 'live' ? live(answers) : `mode: ${mode}\n`,
    mode === 'simulated' ? SIMULATED : broker(answers),
    books(answers),
    GATES,
    mode === 'live' ? LIVE_LIMITS : LIMITS,
    ALERTS,
  ].join('\n');
}

const HEADS = {
  simulated: `# Bifrost on a simulated exchange: no account is needed, and no money moves.
# \`bifrost config show FILE\` lists every key with its value; docs/configuration.md explains them.
`,
  paper: `# Bifrost on a paper account of Interactive Brokers: real quotes, money that is not real.
# \`bifrost config show FILE\` lists every key with its value; docs/configuration.md explains them.
`,
  live: `# Bifrost on REAL MONEY. \`bifrost check --live\` looks whether everything is in place.
# \`bifrost config show FILE\` lists every key with its value; docs/configuration.md explains them.
`,
} as const;

const SIMULATED = `gateway:
  # Seed, accounts, instruments and how the market moves; others are in config/scenarios.
  scenario: config/scenarios/demo.yaml
`;

function live({ account }: Answers): string {
  return `mode: live
# Named a second time on purpose: nothing is traded while the login is of another account.
live_account: ${account}
`;
}

function broker({ mode, host, port, clientId }: Answers): string {
  const type = Object.entries(IB_PORTS).find(([, each]) => each === port)?.[0];
  const where = type === undefined ? `port: ${port}` : `port_type: ${type}`;
  return `broker:
  # The first part of every order's reference: tells them from manual ones in a shared account.
  deployment: ${mode}
  host: ${host}
  # TWS: 7496 live, 7497 paper. IB Gateway: 4001 live, 4002 paper.
  ${where}
  # Only this id can cancel orders that it sent: never change it while orders work.
  client_id: ${clientId}
  market_data_client_id: ${clientId + 1}
`;
}

function books({ mode, symbols, account }: Answers): string {
  const each = symbols.map((symbol) => {
    const named = account === null || mode === 'simulated' ? '' : `\n    account: ${account}`;
    return `  - symbol: ${symbol}${named}`;
  });
  const comment =
    '  # One for each underlying: its option positions and the shares that hedge them.';
  return `books:\n${comment}\n${each.join('\n')}\n`;
}

const GATES = `gates:
  strategy:
    structure:
      # Option positions that join a book: days to expiry, and percent of spot around the money.
      min_dte: 21
      max_dte: 35
      atm_band_pct: 3
    earnings:
      # Such as ['2026-11-19']; what happens around them is \`mode\`: alert, force_only or block.
      dates: []
  state:
    # Shares of net delta: flat below the first, hedged from the second, at once from the third.
    delta: { epsilon_band: 10, threshold_hedge_shares: 25, max_delta_limit: 500 }
  intent:
    # Seconds between two hedges, and the move of spot that is worth one, percent.
    hedge: { cooldown_seconds: 60, min_price_move_pct: 0.2 }`;

const LIMITS = `  guard:
    risk:
      max_daily_hedge_count: 50
      max_position_shares: 2000
      max_daily_loss_usd: 5000
`;

const LIVE_LIMITS = `  guard:
    risk:
      # Set these to what you can lose, and to the size of what you hold.
      max_daily_hedge_count: 50
      max_position_shares: 2000
      max_daily_loss_usd: 5000
      # After that loss no hedge at all, until you resume by hand.
      on_daily_loss: halt
      max_notional_usd: 250000
`;

const ALERTS = `# Who is told when something is wrong, such as
# { name: phone, format: ntfy, url_env: NTFY_URL }.
alerts:
  webhooks: []
`;
