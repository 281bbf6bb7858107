/**
 * The shadows' thread under a root of its own: whatever becomes of it, the engine goes on. It is
 * there where a book has shadows, and follows the session from its first record on.
 */

import type { LiveEngine } from '../engine/live.ts';
import type { ShadowArgs } from '../engine/shadows/shadow-actor.ts';
import type { Logger, LogOptions } from '../log.ts';
import { moduleUrl } from '../package.ts';
import { ACTORS } from '../protocol/decision.ts';
import type { ShadowReport } from '../protocol/shadows.ts';
import type { Clock, WallClock } from '../runtime/clock.ts';
import { defineProtocol } from '../runtime/protocol.ts';
import { type ActorStatus, type ActorSystem, startSystem } from '../runtime/system.ts';
import { threadCacheDirectory } from './thread-cache.ts';

export interface ShadowLifeOptions {
  readonly dataDir: string;
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly log: Logger;
  readonly logOptions: LogOptions;
}

const REPORTS = 'kernel:shadows';
const PROTOCOL = defineProtocol<ShadowReport>({ shadows: true });
const STOP_MS = 500;

export class ShadowLife {
  readonly #options: ShadowLifeOptions;
  #system: ActorSystem | null = null;

  constructor(options: ShadowLifeOptions) {
    this.#options = options;
  }

  /** Follows this session; `report` hears now and then what its shadows did. */
  begin({ begins }: Pick<LiveEngine, 'begins'>, report: (report: ShadowReport) => void): void {
    const { log, logOptions, dataDir, mono, wall } = this.#options;
    const args: ShadowArgs = { ...begins, reportTo: REPORTS, givesWay: true };
    const system = startSystem({
      id: 'shadow-root',
      children: [
        {
          id: ACTORS.shadows,
          module: moduleUrl(new URL('../engine/shadows/shadow-actor.ts', import.meta.url)).href,
          args,
          placement: { kind: 'worker', thread: 'shadows' },
          mailbox: { capacity: 10, policy: { kind: 'drop_oldest' } },
          restart: 'permanent',
          stopDeadlineMs: STOP_MS,
        },
      ],
      log,
      workerLog: logOptions,
      compileCacheDirectory: threadCacheDirectory(dataDir),
      seed: 'shadows',
      mono,
      wall,
      onEscalate: (fault) => log.error({ err: fault }, 'the shadows are given up'),
    });
    this.#system = system;
    system.register<ShadowReport>(REPORTS, report, { protocol: PROTOCOL });
    system.ready.catch((error) => {
      // What was stopped while it started is no news.
      if (this.#system === system) log.error({ err: error }, 'the shadows did not start');
    });
  }

  actors(): readonly ActorStatus[] {
    return this.#system?.status() ?? [];
  }

  async close(): Promise<void> {
    const system = this.#system;
    this.#system = null;
    await system?.stop(STOP_MS);
  }
}
