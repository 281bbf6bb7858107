/** The row of `settings`: which broker the next start connects to. */

import { type IbChoice, ibChoice } from '../protocol/broker-choice.ts';
import type { Queryable } from './pool.ts';

/** What was chosen; null: nothing, or what an older program left is no choice of ours. */
export async function readBrokerChoice(db: Queryable): Promise<IbChoice | null> {
  const { rows } = await db.query('select ib_host, ib_port_type from settings where id = 1');
  return ibChoice.safeParse(rows[0]).data ?? null;
}

/** Takes the place of what was chosen before. */
export async function writeBrokerChoice(db: Queryable, choice: IbChoice): Promise<void> {
  await db.query(
    `insert into settings (id, ib_host, ib_port_type) values (1, $1, $2)
     on conflict (id) do update set ib_host = $1, ib_port_type = $2`,
    [choice.ib_host, choice.ib_port_type],
  );
}
