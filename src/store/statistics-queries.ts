/**
 * What statistics ask the database. Each question reads a stretch of days through an index, and
 * sums up there: what comes back is a row for each day and book, of however many rows it was made.
 * Where nothing else is said, `$1` and `$2` are its two ends (unix seconds, the second one out of
 * it), and `$3` is the first moment of each of its days.
 */

/** The newest day of what there is, as a moment and as a name. */
export const BOUNDS = `
  select greatest(
      (select max(coalesce(broker_ts, trading_ts, ts)) from executions),
      (select max(trading_ts) from operations),
      (select max(trading_ts) from machine_transitions),
      (select max(ts) from operations where journal_id is null)
    ) as newest_ts,
    (select max(day) from attribution_days) as newest_day`;

/**
 * Executed orders by day and book. An execution counts with its highest revision (a correction may
 * take all of it back), its commission with the highest revision whose commission was told; most
 * have the first one alone, and are not looked through for others. An order is of the day of its
 * first execution, with all that was executed of it, and of one book.
 */
export const HEDGES = `
  with touched as (
    select distinct order_ref from executions
    where coalesce(broker_ts, trading_ts, ts) >= $1 and coalesce(broker_ts, trading_ts, ts) < $2
      and sec_type = 'STK'
  ), reports as (
    select e.exec_base, e.revision, e.order_ref, e.symbol, e.account, e.quantity, e.price,
      case e.side when 'BUY' then e.quantity else -e.quantity end as signed,
      coalesce(e.broker_ts, e.trading_ts, e.ts) as at, c.commission
    from executions e join touched using (order_ref) left join commissions c
      on c.exec_id = e.exec_id and c.currency = 'USD'
    where e.sec_type = 'STK'
  ), corrected as (
    select exec_base, max(revision) as counts,
      coalesce(max(revision) filter (where commission is not null), 0) as told
    from reports where exec_base in (select exec_base from reports where revision <> 1)
    group by exec_base
  ), hedges as (
    select order_ref, min(symbol) as symbol, min(account) as account, min(at) as at,
      sum(quantity) filter (where revision = coalesce(counts, revision)) as shares,
      sum(signed) filter (where revision = coalesce(counts, revision)) as signed,
      sum(signed * price) filter (where revision = coalesce(counts, revision)) as paid,
      coalesce(sum(commission) filter (where revision = coalesce(told, revision)), 0) as commission
    from reports left join corrected using (exec_base) group by order_ref
  ), decided as (
    select order_ref, min(spot) as spot from intents join touched using (order_ref)
    where outcome is null group by order_ref
  )
  select width_bucket(at, $3::float8[]) as bucket, symbol, account,
    count(*)::int as hedges, sum(shares) as shares, sum(commission) as commission,
    coalesce(sum(paid - signed * spot), 0) as slippage
  from hedges left join decided using (order_ref)
  where shares > 0 and at >= $1 and at < $2
  group by 1, 2, 3`;

/** Fills of the earlier engine: it kept no orders, so each is a hedge; it told no commission. */
export const EARLIER_FILLS = `
  select width_bucket(ts, $3::float8[]) as bucket, coalesce(symbol, '') as symbol,
    coalesce(account, '') as account, count(*)::int as hedges,
    coalesce(sum(quantity), 0)::float8 as shares,
    coalesce(sum(commission), 0) as commission, 0::float8 as slippage
  from operations
  where journal_id is null and ts >= $1 and ts < $2 and type = 'fill'
  group by 1, 2, 3`;

/** P&L by day and book, `$1` to `$2`, both included; `$3`: one symbol, or null for all. */
export const DAYS = `
  select day, symbol, account, trading_ts, delta, gamma, theta, vega, vanna_volga, rho, dividend,
    financing, commission, slippage, option_spread, exercise, unexplained, total
  from attribution_days
  where day >= $1 and day <= $2 and ($3::text is null or symbol = $3)
  order by day, symbol, account`;

/** An order that is filled after its hedge had ended has several rows, which are one hedge. */
const HEDGE_TOTALS = `
  select min(symbol) as symbol, min(account) as account, sum(total) as total
  from attributions
  where scope = 'hedge' and day >= $1 and day <= $2
  group by order_ref`;

export const HEDGE_WINS = `
  select symbol, account, count(*) filter (where total > 0)::int as wins,
    count(*) filter (where total < 0)::int as losses,
    count(*) filter (where total = 0)::int as even
  from (${HEDGE_TOTALS}) one group by 1, 2 order by 1, 2`;

/** Percentiles are interpolated between the two nearest. */
export const HEDGE_DISTRIBUTION = `
  select count(*)::int as count, avg(total) as mean, stddev_pop(total) as deviation,
    min(total) as least, max(total) as most,
    percentile_cont($3::float8[]) within group (order by total) as percentiles
  from (${HEDGE_TOTALS}) one`;

/** `$3`: the beginnings of the bins. */
export const HEDGE_HISTOGRAM = `
  select width_bucket(total, $3::float8[]) as bin, count(*)::int as count
  from (${HEDGE_TOTALS}) one group by 1`;

/** The newest hedges of symbol `$3`, at most `$4`. */
export const HEDGE_ROWS = `
  select day, account, order_ref, from_ts, until_ts, delta, gamma, theta, vega, vanna_volga, rho,
    dividend, financing, commission, slippage, option_spread, exercise, unexplained, total
  from attributions
  where scope = 'hedge' and day >= $1 and day <= $2 and symbol = $3 and order_ref is not null
  order by until_ts desc, id desc limit $4`;

/**
 * What kept hedges from going out. The reason is the id at the beginning of the text; a text that
 * begins with none is counted as other. An alert that was cleared is no second one.
 */
export const BLOCKS = `
  with said as (
    select trading_ts as at, type, state_reason from operations
    where trading_ts >= $1 and trading_ts < $2 and journal_id is not null
    union all
    select ts, type, state_reason from operations
    where ts >= $1 and ts < $2 and journal_id is null
  )
  select width_bucket(at, $3::float8[]) as bucket, type as kind,
    coalesce(substring(state_reason from '^([a-z][a-z0-9_]*)(?::|$)'), 'other') as reason,
    count(*)::int as count
  from said
  where type in ('denied', 'reject', 'unresolved', 'alert')
    and state_reason not like '% cleared'
  group by 1, 2, 3 order by 1, 4 desc, 2, 3`;

/**
 * Time in each state, by the wall clock. The stretch begins with its first transition that knows
 * the broker's time, and ends before the first one of a later day. A state lasts until
 * the next transition of its machine, and no longer than that life of the daemon: a life begins
 * where the daemon's machine goes on from another state than it went to, and ends with the last
 * row that was written before the next begins.
 */
export const STATES = `
  with recursive span as (
    select coalesce((select min(ts) from machine_transitions
        where trading_ts >= $1 and trading_ts < $2), 'infinity') as from_ts,
      coalesce((select min(ts) from machine_transitions where trading_ts >= $2),
        'infinity') as until_ts
  ), machines as (
    (select machine from machine_transitions order by machine limit 1)
    union all
    select (select t.machine from machine_transitions t where t.machine > m.machine
      order by t.machine limit 1) from machines m where m.machine is not null
  ), moves as (
    select t.id, t.machine, t.ts, t.from_state, t.to_state
    from machine_transitions t, span where t.ts >= from_ts and t.ts < until_ts
    union all
    select t.* from machines m, span, lateral (
      select id, machine, ts, from_state, to_state from machine_transitions
      where machine = m.machine and ts < from_ts order by machine desc, id desc limit 1
    ) t where m.machine is not null and from_ts < 'infinity'
  ), stays as (
    select *, lead(ts) over following as next_ts, lead(from_state) over following as next_from
    from moves window following as (partition by machine order by id)
  ), starts as (
    select coalesce(array_agg(next_ts order by next_ts), '{}') as at
    from stays where machine = 'daemon' and next_from <> to_state
  ), lives as materialized (
    select life, greatest(
      (select max(ts) from machine_transitions where ts < next_start),
      (select max(said.ts) from machines m, lateral (
        select ts from status_history
        where symbol = split_part(m.machine, ':', 2) and ts < next_start
        order by ts desc limit 1) said),
      (select max(extract(epoch from last_ts)) from daemon_heartbeat
        where extract(epoch from last_ts) < next_start)) as end_ts
    from starts, generate_series(0, cardinality(at)) life,
      lateral (select coalesce(at[life + 1], 'infinity') as next_start) next
  ), ends as (
    select array_agg(end_ts order by life) as at from lives
  ), lasting as (
    select machine, to_state, ts >= from_ts as is_visit,
      least(next_ts, ends.at[1 + width_bucket(ts, starts.at)], until_ts)
        - greatest(ts, from_ts) as seconds
    from stays, span, starts, ends
  )
  select machine, to_state as state, sum(greatest(seconds, 0)) as seconds,
    count(*) filter (where is_visit)::int as visits
  from lasting group by 1, 2 order by 1, 3 desc, 2`;
