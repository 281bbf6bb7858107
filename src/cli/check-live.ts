/**
 * From paper to real money: what `bifrost check --live` verifies beyond what every check does. Each
 * line is a thing that has cost somebody money, and that the program can look up by itself.
 */

import { existsSync } from 'node:fs';
import type { LoadedConfig } from '../config/load.ts';
import { bookSettings } from '../config/load.ts';
import { newYorkDate } from '../domain/calendar.ts';
import { toFault } from '../fault.ts';
import { runningPostgres } from '../store/embedded-postgres.ts';
import { withClient } from '../store/pool.ts';
import { clusterPaths, readUrl } from '../store/postgres-cluster.ts';
import { type Finding, fail, ok, skip, warn } from './finding.ts';

/** A rehearsal of a week has seen a weekend, a restart of the gateway and a Monday's open. */
const DAYS_MIN = 5;
const FILLS_MIN = 10;
/** Stands in the shipped file, and belongs to nobody. */
const NOBODY = 'U0000000';

/** What the history knows of trading on paper. */
export interface Rehearsal {
  readonly days: number;
  readonly fills: number;
  /** The last day of trading, `YYYY-MM-DD`. */
  readonly last: string | null;
}

/** What the configuration alone decides. */
export function liveSettings({ config }: LoadedConfig, now: number): readonly Finding[] {
  const findings = [interlock(config), deployment(config), stop(config), exposed(config)];
  for (const book of config.books) {
    const { symbol, gates, order } = bookSettings(config, book);
    const { risk } = gates.guard;
    const limits = `${risk.max_daily_loss_usd} USD a day, then ${risk.on_daily_loss}`;
    findings.push(
      risk.on_daily_loss === 'halt'
        ? ok(`${symbol} loss`, limits)
        : warn(`${symbol} loss`, limits, 'set gates.guard.risk.on_daily_loss: halt'),
      risk.max_notional_usd === null
        ? warn(`${symbol} size`, 'no limit to the value of an order', 'set max_notional_usd')
        : ok(`${symbol} size`, `an order is worth at most ${risk.max_notional_usd} USD`),
      gates.strategy.structure.membership === 'confirm'
        ? ok(`${symbol} legs`, 'each is confirmed by you')
        : warn(`${symbol} legs`, 'join by themselves', 'set structure.membership: confirm'),
      earnings(symbol, gates.strategy.earnings.dates, now),
    );
    if (order.on_stop === 'leave') {
      const fix = 'set order.on_stop: cancel';
      findings.push(warn(`${symbol} stop`, 'a stop leaves orders working, unwatched', fix));
    }
  }
  return findings;
}

function interlock({ mode, live_account: live }: LoadedConfig['config']): Finding {
  if (mode !== 'live') {
    return fail('mode', `mode is ${mode}`, 'check the file that will trade: --config FILE');
  }
  if (live === null || live === NOBODY) {
    return fail('mode', 'live_account names nobody', 'name the account that is meant to trade');
  }
  return ok('mode', `live, for ${live} and no other account`);
}

function deployment({ broker }: LoadedConfig['config']): Finding {
  if (!/paper|demo|test/.test(broker.deployment)) {
    return ok('deployment', `orders are marked ${broker.deployment}`);
  }
  const says = `orders are marked ${broker.deployment}, as the rehearsal's are`;
  return warn('deployment', says, 'set broker.deployment to a name of its own, such as live');
}

function stop({ alerts }: LoadedConfig['config']): Finding {
  const told = alerts.webhooks.filter(({ events }) => events.includes('alert'));
  if (told.length > 0) {
    return ok(
      'alerts',
      `${told.map(({ name }) => name).join(', ')}; \`bifrost alerts test\` tries`,
    );
  }
  return warn('alerts', 'nobody is told when something is wrong', 'see docs/alerts.md');
}

function exposed({ api }: LoadedConfig['config']): Finding {
  if (/^(127\.|localhost$|::1$)/.test(api.host)) return ok('api', 'on this host alone');
  const fix = 'bind it to 127.0.0.1 and come by ssh or a proxy with TLS';
  return warn('api', `reachable at ${api.host}, without TLS`, fix);
}

function earnings(symbol: string, dates: readonly string[], now: number): Finding {
  const today = newYorkDate(now);
  const next = dates.map((date) => date.replaceAll('-', '')).filter((date) => date >= today);
  const check = `${symbol} earnings`;
  if (next.length > 0) return ok(check, `next on ${next.sort()[0]}`);
  return warn(check, 'no date ahead is known', 'set gates.strategy.earnings.dates');
}

/** Whether there was one, long enough, and not too long ago. */
export function rehearsalFinding(rehearsal: Rehearsal): Finding {
  const { days, fills, last } = rehearsal;
  const says = `${fills} fills on ${days} days on a paper account, the last ${last ?? 'never'}`;
  if (days >= DAYS_MIN && fills >= FILLS_MIN) return ok('rehearsal', says);
  const fix = `run the same file with mode: paper for a week: ${DAYS_MIN} days, ${FILLS_MIN} fills`;
  return fail('rehearsal', says, fix);
}

/** From the history of the data directory, or the database, that the rehearsal ran on. */
export async function findRehearsal(url: string | null, dataDir: string): Promise<Finding> {
  const running = existsSync(dataDir) && runningPostgres(dataDir) !== null;
  const at = url ?? (running ? readUrl(clusterPaths(dataDir)) : null);
  if (at === null) {
    const fix = 'start the paper daemon, or name its directory with --paper-data';
    return warn('rehearsal', `no database runs on ${dataDir}: nothing is known of it`, fix);
  }
  try {
    return rehearsalFinding(await readRehearsal(at));
  } catch (thrown) {
    return skip('rehearsal', toFault(thrown).message);
  }
}

/** In mode paper alone: accounts of the simulated exchange are called as IB's paper accounts. */
function readRehearsal(url: string): Promise<Rehearsal> {
  return withClient(url, 'check', async (client) => {
    const { rows } = await client.query<{ days: number; fills: number; last: string | null }>(
      `select count(distinct day)::integer as days, count(*)::integer as fills, max(day) as last
         from (select to_char(to_timestamp(ts) at time zone 'America/New_York', 'YYYY-MM-DD') as day
                 from operations as fill
                where type = 'fill' and account like 'D%'
                  and (select config_summary from status_history status
                        where status.symbol = fill.symbol and status.ts <= fill.ts
                        order by status.ts desc limit 1) like 'paper %') fills`,
    );
    return rows[0] ?? { days: 0, fills: 0, last: null };
  });
}
