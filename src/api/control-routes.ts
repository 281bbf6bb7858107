/** The routes of the commands: what the engine can be told to do. */

import { z } from 'zod';
import { CONTROL_PAYLOADS, type ControlCommand, type ControlName } from '../protocol/control.ts';
import type { EngineControls } from '../protocol/ports.ts';
import { commandReply } from '../protocol/views.ts';
import type { Caller } from './access.ts';
import { ControlRefused } from './problem.ts';
import { json, post, type Route } from './route.ts';

const SUMMARIES: Readonly<Record<ControlName, string>> = {
  stop: 'Stops the daemon.',
  suspend: 'Sends no new hedge, of one book or of all.',
  resume: 'Hedges again, one book or all.',
  flatten: 'Closes the shares that are ours; ends suspended.',
  hedge_now: 'Hedges to net delta 0 now.',
  cancel_all: 'Suspends, and cancels every order of ours.',
  adopt: 'Makes shares of the account ours.',
  legs: 'Lists option positions; confirms or excludes one.',
  retry_ib: 'Connects to the broker now.',
  refresh_accounts: 'Reads the accounts again.',
  manual_resume: 'Clears what latched a book, with a reason.',
  set_heartbeat_interval: 'How often the daemon gives a sign of life.',
};

/** As the earlier engine called it: its pages and scripts go on working. */
const EARLIER_INTERVAL = z.strictObject({ heartbeat_interval_sec: z.int().min(5).max(120) });

/** A route for each command; each has a bucket of its own. */
export function controlRoutes(controls: EngineControls): readonly Route[] {
  const command = <B extends object>(
    name: ControlName,
    body: z.ZodType<B>,
    toCommand: (body: B) => ControlCommand,
  ) =>
    post(`/control/${name}`, {
      id: name,
      summary: SUMMARIES[name],
      body,
      reply: commandReply,
      // What is only previewed or listed is done with the answer.
      statuses: [200, 202],
      refusals: ['not_found', 'conflict', 'actor_down', 'deadline'],
      // One bucket a command: a flood of one never keeps a stop from being heard.
      limitedBy: `control/${name}`,
      answer: async (input) => {
        const control = toCommand(input.body);
        const result = await controls.control({ control, origin: originOf(input.caller) });
        if (!result.ok) throw new ControlRefused(result);
        const { detail, message, status } = result;
        return json({ ...detail, ok: true as const, message }, status);
      },
    });
  const { stop, suspend, resume, flatten, adopt, legs, hedge_now } = CONTROL_PAYLOADS;
  const { manual_resume, set_heartbeat_interval: interval, ...rest } = CONTROL_PAYLOADS;
  return [
    command('stop', stop, () => ({ command: 'stop' })),
    command('suspend', suspend, (body) => ({ command: 'suspend', ...body })),
    command('resume', resume, (body) => ({ command: 'resume', ...body })),
    command('flatten', flatten, (body) => ({ command: 'flatten', ...body })),
    command('hedge_now', hedge_now, (body) => ({ command: 'hedge_now', ...body })),
    command('cancel_all', rest.cancel_all, () => ({ command: 'cancel_all' })),
    command('adopt', adopt, (body) => ({ command: 'adopt', ...body })),
    command('legs', legs, (body) => ({ command: 'legs', ...body })),
    command('retry_ib', rest.retry_ib, () => ({ command: 'retry_ib' })),
    command('refresh_accounts', rest.refresh_accounts, () => ({ command: 'refresh_accounts' })),
    command('manual_resume', manual_resume, (body) => ({ command: 'manual_resume', ...body })),
    command('set_heartbeat_interval', z.union([interval, EARLIER_INTERVAL]), (body) => ({
      command: 'set_heartbeat_interval',
      interval_s: 'interval_s' in body ? body.interval_s : body.heartbeat_interval_sec,
    })),
  ];
}

/** Who stands behind a request, for the record. */
export function originOf(caller: Caller | undefined): string {
  return caller ?? 'api';
}
