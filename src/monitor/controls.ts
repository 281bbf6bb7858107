/**
 * Commands of a process that has only the database: a row is written, and the answer waited for
 * that the daemon writes back. Without an answer in time the row stays, and the answer says so.
 */

import { Fault } from '../fault.ts';
import {
  type ControlCommand,
  type ControlRequest,
  type ControlResult,
  parseControl,
} from '../protocol/control.ts';
import type { EngineControls } from '../protocol/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import { type QueuedAnswer, readAnswer, writeControl } from '../store/control-queue.ts';
import { databaseFault } from '../store/database-error.ts';
import type { Pool } from '../store/pool.ts';
import { waitFor } from '../store/wait.ts';

/** Below the API's own deadline, above what a turn and its commit take. */
const ANSWER_MS = 8000;
const LOOK_MS = 100;

/** `who` stands in the row, and with it in the daemon's record. */
export function createDatabaseControls(pool: Pool, mono: Clock, who: string): EngineControls {
  const control = async ({ control: asked, origin }: ControlRequest): Promise<ControlResult> => {
    const { command, ...payload } = asked;
    try {
      const id = await writeControl(pool, command, payload, `${who}:${origin}`);
      const answer = await waitFor(mono, ANSWER_MS, () => answered(pool, id), LOOK_MS);
      return answer?.result ?? unanswered(asked, id);
    } catch (error) {
      throw databaseFault(error, pool.options.connectionString ?? '');
    }
  };
  return {
    control,
    machineEvent: (machine, { type }, origin) => {
      const parsed = machine === 'daemon' ? parseControl(type, {}) : null;
      if (parsed?.ok !== true) throw new Fault('not_found', `${machine} takes no event ${type}`);
      return control({ control: parsed.control, origin });
    },
  };
}

async function answered(pool: Pool, id: number): Promise<QueuedAnswer | null> {
  const answer = await readAnswer(pool, id);
  return answer === null || answer.result === null ? null : answer;
}

function unanswered({ command }: ControlCommand, id: number): ControlResult {
  const message = `${command} is written (daemon_control ${id}), and no daemon has answered yet`;
  return { ok: true, status: 202, message };
}
