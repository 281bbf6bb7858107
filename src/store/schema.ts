/**
 * The schema as it should be and as it is. `schema.json` is what the migrations make, described by
 * the function that describes a live database; what differs in a way that rows would be refused or
 * readers misled is drift, and a daemon does not start on it.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Queryable } from './pool.ts';

export interface ColumnDescription {
  readonly type: string;
  /** A row may lack it. */
  readonly nullable: boolean;
  readonly hasDefault: boolean;
  readonly comment: string | null;
}

export interface TableDescription {
  /** How it is partitioned; null for a table of its own. */
  readonly partitioned: string | null;
  readonly comment: string | null;
  readonly columns: Readonly<Record<string, ColumnDescription>>;
  /** Columns of each unique key, the primary one first. */
  readonly keys: readonly string[];
  /** By name, what each is on. */
  readonly indexes: Readonly<Record<string, string>>;
  /** Triggers that refuse or announce changes. */
  readonly triggers: readonly string[];
}

/** By table; partitions are not tables of their own. */
export type SchemaDescription = Readonly<Record<string, TableDescription>>;

export interface Drift {
  /** What the daemon cannot work with. */
  readonly problems: readonly string[];
  /** What it can do without, but slower. */
  readonly warnings: readonly string[];
}

const FILE = join(import.meta.dirname, 'schema.json');

/** What the migrations of this version make. */
export function expectedSchema(): SchemaDescription {
  return JSON.parse(readFileSync(FILE, 'utf8')) as SchemaDescription;
}

/** What is there, in the schema that unqualified names are found in. */
export async function describeSchema(client: Queryable): Promise<SchemaDescription> {
  const { rows } = await client.query<{ schema: string | null }>(DESCRIBE);
  return JSON.parse(rows[0]?.schema ?? '{}') as SchemaDescription;
}

/** How a live schema differs from what is expected. Tables of others are nobody's business. */
export function findDrift(expected: SchemaDescription, live: SchemaDescription): Drift {
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const [name, table] of Object.entries(expected)) {
    const found = live[name];
    if (found === undefined) {
      problems.push(`table ${name} is missing`);
      continue;
    }
    problems.push(...columnDrift(name, table, found), ...structureDrift(name, table, found));
    for (const [index, on] of Object.entries(table.indexes)) {
      if (Object.values(found.indexes).includes(on)) continue;
      warnings.push(`index ${index} on ${name} ${on} is missing: reads will be slow`);
    }
  }
  return { problems, warnings };
}

function columnDrift(name: string, table: TableDescription, live: TableDescription): string[] {
  const problems: string[] = [];
  for (const [column, { type, nullable }] of Object.entries(table.columns)) {
    const found = live.columns[column];
    if (found === undefined) problems.push(`${name}.${column} is missing`);
    else if (found.type !== type) {
      problems.push(`${name}.${column} is ${found.type}, and should be ${type}`);
    } else if (nullable && !found.nullable && !found.hasDefault) {
      problems.push(`${name}.${column} is not null, and our rows may lack it`);
    }
  }
  for (const [column, { nullable, hasDefault }] of Object.entries(live.columns)) {
    if (table.columns[column] !== undefined || nullable || hasDefault) continue;
    problems.push(`${name}.${column} is not ours, and not null without a default`);
  }
  return problems;
}

function structureDrift(name: string, table: TableDescription, live: TableDescription): string[] {
  const problems: string[] = [];
  if (live.partitioned !== table.partitioned) {
    problems.push(`${name} is not partitioned ${table.partitioned ?? '(it should not be at all)'}`);
  }
  for (const key of table.keys) {
    if (!live.keys.includes(key)) problems.push(`${name} has no unique key (${key})`);
  }
  for (const trigger of table.triggers) {
    if (!live.triggers.includes(trigger)) problems.push(`${name} has no trigger ${trigger}`);
  }
  return problems;
}

/** One question for all, as JSON in a stable order, so that a file of it can be compared. */
const DESCRIBE = `
with tables as (
  select oid, relname, relkind from pg_class
  where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
    and not relispartition and relname <> 'schema_migrations'
)
select json_object_agg(relname, json_build_object(
  'partitioned', case when relkind = 'p' then pg_get_partkeydef(tables.oid) end,
  'comment', obj_description(tables.oid, 'pg_class'),
  'columns', (
    select json_object_agg(attname, json_build_object(
      'type', format_type(atttypid, atttypmod),
      'nullable', not attnotnull,
      'hasDefault', atthasdef or attidentity <> '',
      'comment', col_description(attrelid, attnum)
    ) order by attnum)
    from pg_attribute where attrelid = tables.oid and attnum > 0 and not attisdropped
  ),
  'keys', coalesce((
    select json_agg(key order by is_primary desc, key) from (
      select (select string_agg(a.attname, ', ' order by k.ord)
              from unnest(x.indkey::int2[]) with ordinality k (attnum, ord)
              join pg_attribute a on a.attrelid = tables.oid and a.attnum = k.attnum) as key,
        x.indisprimary as is_primary
      from pg_index x where x.indrelid = tables.oid and x.indisunique and x.indpred is null
    ) keys
  ), '[]'),
  'indexes', coalesce((
    select json_object_agg(i.relname,
      regexp_replace(pg_get_indexdef(x.indexrelid), '^.* USING ', '') order by i.relname)
    from pg_index x join pg_class i on i.oid = x.indexrelid
    where x.indrelid = tables.oid and not x.indisunique
  ), '{}'),
  'triggers', coalesce((
    select json_agg(tgname order by tgname) from pg_trigger
    where tgrelid = tables.oid and not tgisinternal and tgenabled <> 'D'
  ), '[]')
) order by relname)::text as schema from tables`;
