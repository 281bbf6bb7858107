/** Alerts of a running daemon: what is watched, and the webhooks that are told. */

import type { Logger } from '../log.ts';
import type { Tally } from '../protocol/engine-metrics.ts';
import type { Fact } from '../protocol/facts.ts';
import type { StatusView } from '../protocol/views.ts';
import type { Clock, Timer, WallClock } from '../runtime/clock.ts';
import { AlertWatch } from './alert-watch.ts';
import { Webhook, type WebhookOptions } from './webhook.ts';

export interface AlertsOptions {
  readonly webhooks: readonly Omit<WebhookOptions, 'mono' | 'log'>[];
  readonly disconnectAfterS: number;
  readonly reportAt: string | null;
  readonly status: () => StatusView;
  /** Hears facts, and returns what ends that. */
  readonly onFacts: (listener: (facts: readonly Fact[]) => void) => () => void;
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly log: Logger;
}

export interface Alerts {
  /** By webhook and outcome. */
  deliveries(): readonly Tally[];
  close(): void;
}

const LOOK_MS = 1000;

/** Begins to watch; without webhooks nothing is looked at. */
export function startAlerts(options: AlertsOptions): Alerts {
  const { status, onFacts, mono, wall, log, disconnectAfterS, reportAt } = options;
  const webhooks = options.webhooks.map((one) => new Webhook({ ...one, mono, log }));
  if (webhooks.length === 0) return { deliveries: () => [], close: () => undefined };
  const watch = new AlertWatch({
    disconnectAfterS,
    reportAt,
    tell: (alert) => {
      for (const webhook of webhooks) webhook.take(alert);
    },
  });
  // Whatever is wrong with an alert, the turn that it tells of goes on.
  const guarded = (take: () => void): void => {
    try {
      take();
    } catch (thrown) {
      log.error({ err: thrown }, 'an alert could not be made');
    }
  };
  const endFacts = onFacts((facts) => guarded(() => watch.takeFacts(facts)));
  let timer: Timer;
  const look = (): void => {
    guarded(() => watch.takeStatus(status(), wall.now() / 1000));
    timer = mono.setTimer(LOOK_MS, look);
  };
  timer = mono.setTimer(LOOK_MS, look);
  return {
    deliveries: () =>
      webhooks.flatMap((webhook) =>
        [...webhook.counts()].map(([outcome, count]) => {
          return { labels: [webhook.name, outcome], count };
        }),
      ),
    close() {
      timer.cancel();
      endFacts();
      for (const webhook of webhooks) webhook.close();
    },
  };
}
