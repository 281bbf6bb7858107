/**
 * Where the broker is: as the configuration says, unless something else was chosen for this start
 * by the API. The environment stands above both, and what a choice would break is refused twice:
 * when it is made, and again at the start, since the file may have changed in between.
 */

import type { LoadedConfig } from '../config/load.ts';
import { brokenRelations } from '../config/relations.ts';
import { type Config, IB_PORTS } from '../config/schema.ts';
import { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { BrokerChoices, IbChoice } from '../protocol/broker-choice.ts';
import { readBrokerChoice, writeBrokerChoice } from '../store/broker-choice.ts';
import { databaseFault } from '../store/database-error.ts';
import { type Pool, withClient } from '../store/pool.ts';

export type BrokerPlace = Pick<Config['broker'], 'host' | 'port' | 'port_type'>;

const KEYS = ['host', 'port', 'port_type'] as const;

/** Where to connect now; `url`: the database that may hold a choice, null without one. */
export async function brokerPlace(
  { config, sources }: LoadedConfig,
  url: string | null,
  log: Logger,
): Promise<BrokerPlace> {
  const { broker } = config;
  if (url === null || config.mode === 'simulated') return broker;
  const choice = await withClient(url, 'settings', readBrokerChoice);
  if (choice === null) return broker;
  const refused = refusal(config, choice);
  if (refused !== null) {
    log.warn({ choice, reason: refused }, 'the chosen broker is not used');
    return broker;
  }
  // A source of the environment is the variable's name; the file's has its line, `default` neither.
  const fixed = KEYS.some((key) => /^[A-Z_]+$/.test(sources.get(`broker.${key}`) ?? ''));
  if (fixed) {
    log.warn({ choice }, 'the chosen broker is not used: the environment names another');
    return broker;
  }
  log.info({ choice }, 'the broker is the one that was chosen');
  return placeOf(choice);
}

/** Keeps choices in the database behind `pool`; null where the history is kept elsewhere. */
export function createBrokerChoices(config: Config, pool: Pool | null): BrokerChoices {
  return {
    async choose(choice) {
      const refused = refusal(config, choice);
      if (refused !== null) throw new Fault('conflict', refused);
      if (pool === null) {
        throw new Fault('conflict', 'there is no database to keep the choice in', {
          remedy: 'set broker.host and broker.port_type in the configuration file',
        });
      }
      try {
        await writeBrokerChoice(pool, choice);
      } catch (error) {
        throw databaseFault(error, pool.options.connectionString ?? '');
      }
    },
  };
}

function placeOf({ ib_host, ib_port_type }: IbChoice): BrokerPlace {
  return { host: ib_host, port: IB_PORTS[ib_port_type], port_type: ib_port_type };
}

/** Why a choice cannot be used under this configuration, or null. */
function refusal(config: Config, choice: IbChoice): string | null {
  if (config.mode === 'simulated') return 'mode is simulated: the gateway is our own';
  const broker = { ...config.broker, ...placeOf(choice) };
  const broken = brokenRelations({ ...config, broker }).find(
    ({ path }) => path.join('.') === 'broker.port_type',
  );
  return broken === undefined ? null : `ib_port_type must be ${broken.allowed}`;
}
