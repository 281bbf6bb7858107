/** The bench gateway, as the run talks to it: one question at a time. */

import assert from 'node:assert/strict';
import type { Child, Workspace } from '../harness/workspace.ts';
import type {
  FloodOrder,
  FloodReport,
  GatewayAnswer,
  GatewayCommand,
  TickOrder,
  TickReport,
} from './protocol.ts';

export interface Gateway {
  readonly port: number;
  /** Writes ticks and waits for what comes of them. */
  tick(order: TickOrder): Promise<TickReport>;
  /** Writes ticks of every underlying, as fast as it is told. */
  flood(order: Omit<FloodOrder, 'type'>): Promise<FloodReport>;
  /** Orders read since it started. */
  orders(): Promise<number>;
}

/** `books`: how many underlyings it lists, with four options each. */
export async function startGateway(workspace: Workspace, books = 1): Promise<Gateway> {
  const child = workspace.fork(new URL('./main.ts', import.meta.url), [String(books)]);
  const listening = await nextAnswer(child);
  assert(listening.type === 'listening');
  return {
    port: listening.port,
    tick: async (order) => {
      const report = await ask(child, order);
      assert(report.type === 'ticked');
      return report;
    },
    flood: async (order) => {
      const report = await ask(child, { type: 'flood', ...order });
      assert(report.type === 'flooded');
      return report;
    },
    orders: async () => {
      const answer = await ask(child, { type: 'orders' });
      assert(answer.type === 'orders');
      return answer.count;
    },
  };
}

function ask(child: Child, command: GatewayCommand): Promise<GatewayAnswer> {
  const answer = nextAnswer(child);
  child.process.send(command);
  return answer;
}

function nextAnswer(child: Child): Promise<GatewayAnswer> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`the bench gateway ended:\n${child.tail()}`));
    child.process.once('exit', ended);
    child.process.once('message', (message) => {
      child.process.off('exit', ended);
      resolve(message as GatewayAnswer);
    });
  });
}
