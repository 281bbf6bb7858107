-- Tables that the earlier engine made may lack a column, or have one of another type, a key or a
-- check that stands in our way. They are brought to what the first migration makes; rows stay.
-- In a database that is ours alone nothing of this finds anything to do.

do $$
declare
  wanted record;
  found text;
begin
  for wanted in
    select * from (values
      ('status_current', 'id', 'integer'), ('status_current', 'daemon_state', 'text'),
      ('status_current', 'trading_state', 'text'), ('status_current', 'symbol', 'text'),
      ('status_current', 'spot', 'double precision'), ('status_current', 'bid', 'double precision'),
      ('status_current', 'ask', 'double precision'),
      ('status_current', 'net_delta', 'double precision'),
      ('status_current', 'stock_position', 'integer'),
      ('status_current', 'option_legs_count', 'integer'),
      ('status_current', 'daily_hedge_count', 'integer'),
      ('status_current', 'daily_pnl', 'double precision'),
      ('status_current', 'data_lag_ms', 'double precision'),
      ('status_current', 'config_summary', 'text'), ('status_current', 'ts', 'double precision'),
      ('status_history', 'daemon_state', 'text'), ('status_history', 'trading_state', 'text'),
      ('status_history', 'symbol', 'text'), ('status_history', 'spot', 'double precision'),
      ('status_history', 'bid', 'double precision'), ('status_history', 'ask', 'double precision'),
      ('status_history', 'net_delta', 'double precision'),
      ('status_history', 'stock_position', 'integer'),
      ('status_history', 'option_legs_count', 'integer'),
      ('status_history', 'daily_hedge_count', 'integer'),
      ('status_history', 'daily_pnl', 'double precision'),
      ('status_history', 'data_lag_ms', 'double precision'),
      ('status_history', 'config_summary', 'text'),
      ('operations', 'ts', 'double precision'), ('operations', 'type', 'text'),
      ('operations', 'side', 'text'), ('operations', 'quantity', 'integer'),
      ('operations', 'price', 'double precision'), ('operations', 'state_reason', 'text'),
      ('daemon_control', 'command', 'text'),
      ('daemon_control', 'created_at', 'timestamp with time zone'),
      ('daemon_control', 'consumed_at', 'timestamp with time zone'),
      ('daemon_run_status', 'suspended', 'boolean'),
      ('daemon_run_status', 'heartbeat_interval_sec', 'integer'),
      ('daemon_run_status', 'updated_at', 'timestamp with time zone'),
      ('daemon_heartbeat', 'last_ts', 'timestamp with time zone'),
      ('daemon_heartbeat', 'hedge_running', 'boolean'),
      ('daemon_heartbeat', 'ib_connected', 'boolean'),
      ('daemon_heartbeat', 'ib_client_id', 'integer'),
      ('daemon_heartbeat', 'next_retry_ts', 'timestamp with time zone'),
      ('daemon_heartbeat', 'seconds_until_retry', 'smallint'),
      ('daemon_heartbeat', 'graceful_shutdown_at', 'timestamp with time zone'),
      ('daemon_heartbeat', 'heartbeat_interval_sec', 'integer'),
      ('accounts', 'updated_at', 'timestamp with time zone'),
      ('accounts', 'net_liquidation', 'double precision'),
      ('accounts', 'total_cash', 'double precision'),
      ('accounts', 'buying_power', 'double precision'), ('accounts', 'summary_extra', 'jsonb'),
      ('account_positions', 'con_id', 'bigint'), ('account_positions', 'symbol', 'text'),
      ('account_positions', 'sec_type', 'text'), ('account_positions', 'exchange', 'text'),
      ('account_positions', 'currency', 'text'),
      ('account_positions', 'position', 'double precision'),
      ('account_positions', 'avg_cost', 'double precision'),
      ('account_positions', 'expiry', 'text'), ('account_positions', 'strike', 'double precision'),
      ('account_positions', 'option_right', 'text'),
      ('account_positions', 'updated_at', 'timestamp with time zone'),
      ('instrument_prices', 'symbol', 'text'), ('instrument_prices', 'sec_type', 'text'),
      ('instrument_prices', 'expiry', 'text'), ('instrument_prices', 'strike', 'double precision'),
      ('instrument_prices', 'option_right', 'text'),
      ('instrument_prices', 'last', 'double precision'),
      ('instrument_prices', 'bid', 'double precision'),
      ('instrument_prices', 'ask', 'double precision'),
      ('instrument_prices', 'mid', 'double precision'),
      ('instrument_prices', 'updated_at', 'timestamp with time zone'),
      ('settings', 'ib_host', 'text'), ('settings', 'ib_port_type', 'text')
    ) as contract (table_name, column_name, type_name)
  loop
    select format_type(atttypid, atttypmod) into found from pg_attribute
      where attrelid = wanted.table_name::regclass and attname = wanted.column_name
        and not attisdropped;
    if found is null then
      execute format('alter table %I add column %I %s',
        wanted.table_name, wanted.column_name, wanted.type_name);
    elsif found <> wanted.type_name then
      execute format('alter table %I alter column %I type %s using %I::%s', wanted.table_name,
        wanted.column_name, wanted.type_name, wanted.column_name, wanted.type_name);
    end if;
  end loop;

  -- The rows that replace each other are found by these.
  for wanted in
    select * from (values
      ('status_current', 'id'), ('daemon_heartbeat', 'id'), ('daemon_run_status', 'id'),
      ('settings', 'id'), ('accounts', 'account_id'),
      ('account_positions', 'account_id, contract_key'), ('instrument_prices', 'contract_key')
    ) as contract (table_name, key)
  loop
    if not exists (
      select from pg_index x where x.indrelid = wanted.table_name::regclass and x.indisunique
        and x.indpred is null and wanted.key = (
          select string_agg(a.attname, ', ' order by k.ord)
          from unnest(x.indkey::int2[]) with ordinality k (attnum, ord)
          join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attnum
        )
    ) then
      execute format('alter table %I add unique (%s)', wanted.table_name, wanted.key);
    end if;
  end loop;

  -- There is a row for each book now, where there was one in all.
  for wanted in
    select conname from pg_constraint
    where conrelid = 'status_current'::regclass and contype = 'c'
  loop
    execute format('alter table status_current drop constraint %I', wanted.conname);
  end loop;
end
$$;
