/**
 * What an engine may rightly break over: a disk that was made to fail, and threads that were killed
 * more often than a supervisor can bear. Every other end of a life is a defect.
 */

import { Fault } from '../../src/fault.ts';
import type { SimulatedDisk } from './disk.ts';

/** Fewer deaths of threads in so long are no reason to halt. */
const DEATHS_MIN = 5;
const DEATHS_MS = 65_000;

export class Excuses {
  readonly #disk: SimulatedDisk;
  readonly #now: () => number;
  /** When threads of this life died or hung. */
  #deaths: number[] = [];
  #diskWasBad = false;

  constructor(disk: SimulatedDisk, now: () => number) {
    this.#disk = disk;
    this.#now = now;
  }

  get aThreadDied(): boolean {
    return this.#deaths.length > 0;
  }

  lifeBegins(): void {
    this.#deaths = [];
  }

  threadDies(): void {
    this.#deaths.push(this.#now());
  }

  /** After each fault: what a bad disk breaks may show when it is well again. */
  look(): void {
    this.#diskWasBad ||= this.#disk.trouble !== 'none';
  }

  covers(defect: unknown): boolean {
    return this.ofDisk(defect) || this.#ofDeaths(defect);
  }

  ofDisk(defect: unknown): boolean {
    return this.#diskWasBad && defect instanceof Fault && defect.code.startsWith('journal_');
  }

  #ofDeaths(defect: unknown): boolean {
    const since = this.#now() - DEATHS_MS;
    if (this.#deaths.filter((at) => at >= since).length < DEATHS_MIN) return false;
    return defect instanceof Fault && defect.message.includes('restarts in');
  }
}
