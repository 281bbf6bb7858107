/**
 * What code leaves to the garbage collector, counted by the engine itself: the same on a quiet and
 * on a busy machine, as no time is.
 */

import { GCProfiler, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Of objects, and of what arrays of numbers hold beside them. */
function usedBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

/** Bytes that a call leaves behind on average, garbage or not. */
export function bytesPerCall(calls: number, call: () => void): number {
  collect();
  const profiler = new GCProfiler();
  profiler.start();
  let from = usedBytes();
  for (let index = 0; index < calls; index += 1) call();
  const end = usedBytes();
  let allocated = 0;
  // A collection in between takes away what was counted until then.
  for (const { beforeGC, afterGC } of profiler.stop().statistics) {
    allocated += sizeOf(beforeGC.heapStatistics) - from;
    from = sizeOf(afterGC.heapStatistics);
  }
  return (allocated + end - from) / calls;
}

/** Bytes by which memory has grown for good, by call. */
export function bytesKeptPerCall(calls: number, call: () => void): number {
  collect();
  const before = usedBytes();
  for (let index = 0; index < calls; index += 1) call();
  collect();
  return (usedBytes() - before) / calls;
}

function sizeOf(heap: { usedHeapSize: number; externalMemory: number }): number {
  return heap.usedHeapSize + heap.externalMemory;
}
