/** The configuration: what is applied, and which broker the next start connects to. */

import { z } from 'zod';
import { type BrokerChoices, ibChoice } from '../protocol/broker-choice.ts';
import type { EngineReads } from '../protocol/ports.ts';
import { configView, TAKEN } from '../protocol/views.ts';
import { get, json, post, type Route } from './route.ts';

interface ConfigPorts {
  readonly reads: EngineReads;
  readonly brokerChoices: BrokerChoices;
}

/** Reads the configuration; what of it can be chosen here is chosen for the next start. */
export function configRoutes({ reads, brokerChoices }: ConfigPorts): readonly Route[] {
  return [
    get('/config', {
      id: 'config',
      reply: configView,
      refusals: ['actor_down'],
      summary: 'The configuration as it is applied now, and what of its file waits for a restart.',
      answer: () => json(reads.config()),
    }),
    post('/config/ib', {
      id: 'chooseBroker',
      reply: z.strictObject({ ...TAKEN, ...ibChoice.shape }).readonly(),
      refusals: ['conflict', 'database_unreachable', 'deadline'],
      summary: 'Chooses the TWS or IB Gateway that the next start connects to.',
      body: ibChoice,
      limitedBy: 'config/ib',
      answer: async ({ body }) => {
        await brokerChoices.choose(body);
        const where = `${body.ib_host} (${body.ib_port_type})`;
        return json({ ok: true as const, message: `the next start connects to ${where}`, ...body });
      },
    }),
  ];
}
