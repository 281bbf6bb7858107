/** `bifrost alerts test`: whether the webhooks of a configuration take what is sent. */

import { Command } from 'commander';
import type { Alert } from '../alerts/alert.ts';
import { Webhook } from '../alerts/webhook.ts';
import { loadConfig } from '../config/load.ts';
import { EXIT } from '../fault.ts';
import { createLogger } from '../log.ts';
import { realMono, realWall } from '../runtime/real-clock.ts';
import { webhooksOf } from './daemon-alerts.ts';
import { print, printJson, table } from './output.ts';

interface TestFlags {
  readonly config?: string;
  readonly json?: true;
}

export function alertsCommand(): Command {
  const test = new Command('test')
    .description('Sends a test alert to every webhook; needs no daemon.')
    .option('--config <file>', 'configuration (default: BIFROST_CONFIG, config/demo.yaml)')
    .option('--json', 'as JSON')
    .action(sendTest);
  return new Command('alerts').description('Webhooks that are told of alerts.').addCommand(test);
}

/** One attempt: who stands at a terminal tries again by hand. */
const WAIT_MS = 11_000;
const LOOK_MS = 50;

async function sendTest(flags: TestFlags): Promise<void> {
  const { config } = loadConfig({ file: flags.config, env: process.env, cwd: process.cwd() });
  const mono = realMono();
  const log = createLogger({ level: 'silent', pretty: false });
  const ts = realWall().now() / 1000;
  const said = { title: 'a test', text: 'This webhook works.', book: null, ts };
  const alert: Alert = { kind: 'test', key: 'test', severity: 'info', ...said };
  const results = await Promise.all(
    webhooksOf(config, process.env).map(async (options) => {
      const webhook = new Webhook({ ...options, mono, log });
      webhook.take(alert);
      const until = mono.now() + WAIT_MS;
      while (webhook.counts().size === 0 && mono.now() < until) {
        await new Promise<void>((resolve) => mono.setTimer(LOOK_MS, resolve));
      }
      const { lastReason } = webhook;
      webhook.close();
      const taken = webhook.counts().has('sent');
      return { webhook: options.name, format: options.format, taken, reason: lastReason };
    }),
  );
  if (flags.json) printJson(results);
  else if (results.length === 0) print('no webhooks are configured: see alerts.webhooks');
  else print(table(['webhook', 'format', 'taken', 'reason'], results.map(cells)));
  if (results.some(({ taken }) => !taken)) process.exitCode = EXIT.failed;
}

function cells(result: { webhook: string; format: string; taken: boolean; reason: string }) {
  return [result.webhook, result.format, result.taken ? 'yes' : 'no', result.reason || '-'];
}
