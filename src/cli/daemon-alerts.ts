/** The daemon's alerts: its webhooks, as the configuration and the environment name them. */

import { type Alerts, startAlerts } from '../alerts/alerts.ts';
import type { WebhookOptions } from '../alerts/webhook.ts';
import type { Config } from '../config/schema.ts';
import type { LiveEngine } from '../engine/live.ts';
import { Fault } from '../fault.ts';
import type { DaemonOptions } from './daemon-options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `Fault('config_invalid')` where a variable that holds an address is not set. */
export function webhooksOf(
  { alerts, mode, broker }: Config,
  env: Environment,
): readonly Omit<WebhookOptions, 'mono' | 'log'>[] {
  return alerts.webhooks.map(({ name, url, url_env, format, chat_id, events, per_minute }) => ({
    name,
    url: url ?? addressIn(env, url_env ?? '', name),
    format,
    chatId: chat_id,
    events,
    perMinute: per_minute,
    repeatAfterMs: alerts.repeat_after_s * 1000,
    speaker: { deployment: broker.deployment, mode },
  }));
}

/** What happens in `engine` from now on is told. */
export function startDaemonAlerts(options: DaemonOptions, engine: LiveEngine): Alerts {
  const { loaded, mono, wall, log } = options;
  const { alerts } = loaded.config;
  return startAlerts({
    webhooks: webhooksOf(loaded.config, process.env),
    disconnectAfterS: alerts.disconnect_after_s,
    reportAt: alerts.daily_report_at,
    status: () => engine.reads.status(),
    onFacts: (listener) => engine.onFacts(listener),
    mono,
    wall,
    log,
  });
}

function addressIn(env: Environment, variable: string, name: string): string {
  const address = env[variable] ?? '';
  if (/^https?:\/\//.test(address) && URL.canParse(address)) return address;
  throw new Fault('config_invalid', `${variable} holds no http or https address`, {
    remedy: `set it to the address of the webhook ${name}, or remove the webhook`,
  });
}
