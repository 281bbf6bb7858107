/**
 * A recorder in a thread and under a root of its own: whatever becomes of it, the engine goes on. A
 * section of the configuration that changed ends it, with its file closed, and begins it anew.
 */

import { join, resolve } from 'node:path';
import type { RecorderArgs } from '../../actors/recorder.ts';
import type { Config } from '../config/schema.ts';
import type { Contract } from '../domain/contract.ts';
import type { Logger, LogOptions } from '../log.ts';
import { moduleUrl } from '../package.ts';
import { ACTORS } from '../protocol/decision.ts';
import { createQuoteTap, listenTo, type QuoteTapDescriptor } from '../protocol/quote-tap.ts';
import type { RecorderMessage, RecorderReport } from '../protocol/recorder.ts';
import type { RecorderView } from '../protocol/recorder-view.ts';
import type { Clock, WallClock } from '../runtime/clock.ts';
import { defineProtocol } from '../runtime/protocol.ts';
import { type ActorStatus, type ActorSystem, startSystem } from '../runtime/system.ts';
import { threadCacheDirectory } from './thread-cache.ts';

export type RecorderConfig = Config['recorder'];

export interface RecorderLifeOptions {
  /** Where a data set lies whose place is not configured, and paths begin. */
  readonly dataDir: string;
  /** What is recorded, in words. */
  readonly source: string;
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly log: Logger;
  readonly logOptions: LogOptions;
  /** Hears of it when it fails, records again, or is not wanted any more. */
  readonly changed: (state: 'off' | 'ok' | 'failed', reason: string) => void;
}

/** What `changed` was told last; before the first recorder runs there is none. */
type Told = 'off' | 'ok' | 'failed';

const REPORTS = 'kernel:recorder';
const PROTOCOL = defineProtocol<RecorderReport>({ recorder: true });
const STOP_MS = 1500;

export class RecorderLife {
  readonly tap: QuoteTapDescriptor = createQuoteTap();
  readonly #options: RecorderLifeOptions;
  #config: RecorderConfig | null = null;
  #system: ActorSystem | null = null;
  #contracts: readonly Contract[] = [];
  #isAlive = false;
  #report: RecorderReport | null = null;
  #told: Told = 'off';
  /** Changes one after another: two recorders never share a directory. */
  #changing: Promise<void> = Promise.resolve();

  constructor(options: RecorderLifeOptions) {
    this.#options = options;
  }

  /** Runs as configured from now on. Resolves when that is so; never rejects. */
  apply(config: RecorderConfig): Promise<void> {
    if (JSON.stringify(config) === JSON.stringify(this.#config)) return this.#changing;
    this.#config = config;
    this.#changing = this.#changing.then(async () => {
      // What comes between one recorder and the next waits for it.
      listenTo(this.tap, config.enabled);
      await this.#end();
      if (config.enabled) this.#begin(config);
      else this.#tell('off', '');
    });
    return this.#changing;
  }

  /** All of them, each time. */
  watch(contracts: readonly Contract[]): void {
    this.#contracts = contracts;
    // What does not live yet is told when it does.
    if (this.#isAlive)
      this.#system?.ref<RecorderMessage>(ACTORS.recorder).cast({ type: 'watch', contracts });
  }

  /** The connection that brings the quotes is away. */
  lost(): void {
    if (this.#isAlive) this.#system?.ref<RecorderMessage>(ACTORS.recorder).cast({ type: 'lost' });
  }

  view(): RecorderView | null {
    if (this.#report === null) return null;
    const { type: _, lastTs, lagMs, ...rest } = this.#report;
    return { ...rest, last_ts: lastTs === null ? null : lastTs / 1000, lag_ms: lagMs };
  }

  actors(): readonly ActorStatus[] {
    return this.#system?.status() ?? [];
  }

  /** Writes and closes what is open. */
  async close(): Promise<void> {
    await this.#changing;
    listenTo(this.tap, false);
    await this.#end();
  }

  #begin(config: RecorderConfig): void {
    const { log, logOptions, dataDir, mono, wall } = this.#options;
    const system = startSystem({
      id: 'recorder-root',
      children: [
        {
          id: ACTORS.recorder,
          module: moduleUrl(new URL('../../actors/recorder.ts', import.meta.url)).href,
          args: this.#argsFor(config),
          placement: { kind: 'worker', thread: 'recorder' },
          mailbox: { capacity: 100, policy: { kind: 'drop_oldest' } },
          restart: 'permanent',
          stopDeadlineMs: STOP_MS,
        },
      ],
      log,
      workerLog: logOptions,
      compileCacheDirectory: threadCacheDirectory(dataDir),
      seed: 'recorder',
      mono,
      wall,
      onEscalate: (fault) => {
        log.error({ err: fault }, 'the recorder is given up');
        this.#fail(fault.message);
      },
    });
    this.#system = system;
    system.register<RecorderReport>(REPORTS, (report) => this.#take(report), {
      protocol: PROTOCOL,
    });
    system.onLifecycle(({ id, state, error }) => {
      if (id !== ACTORS.recorder) return;
      this.#isAlive = state === 'running';
      // A new life knows nothing of what is watched.
      if (this.#isAlive) this.watch(this.#contracts);
      if (state === 'restarting') this.#fail(error?.message ?? 'it died');
    });
    system.ready.catch((error) => {
      // What was stopped while it started is no news.
      if (this.#system === system) log.error({ err: error }, 'the recorder did not start');
    });
  }

  async #end(): Promise<void> {
    const system = this.#system;
    if (system === null) return;
    this.#system = null;
    this.#isAlive = false;
    await system.stop(STOP_MS);
    this.#report = null;
  }

  #argsFor(config: RecorderConfig): RecorderArgs {
    const { dir, interval_ms, file_mb, file_minutes, retention_days } = config;
    const { dataDir, source } = this.#options;
    return {
      tap: this.tap,
      recording: {
        dir: dir === null ? join(dataDir, 'recording') : resolve(dir),
        intervalMs: interval_ms,
        source,
        fileBytes: file_mb * 1e6,
        daysKept: retention_days,
      },
      fileMs: file_minutes * 60_000,
      contracts: this.#contracts,
      reportTo: REPORTS,
      givesWay: true,
    };
  }

  #take(report: RecorderReport): void {
    this.#report = report;
    if (report.state === 'failed') this.#tell('failed', report.reason);
    else this.#tell('ok', report.reason);
  }

  /** It died: nothing reports for it now. */
  #fail(reason: string): void {
    if (this.#report !== null) this.#report = { ...this.#report, state: 'failed', reason };
    this.#tell('failed', reason);
  }

  #tell(state: Told, reason: string): void {
    if (state === this.#told) return;
    this.#told = state;
    this.#options.changed(state, reason);
  }
}
