/** Exceptions from the tidy rules, each with the reason it was granted for. None outlives it. */

import type { Exception } from './finding.ts';

const MACHINE = 'a statechart is one literal; in parts it could not be read as one';

export const EXCEPTIONS: readonly Exception[] = [
  { rule: 'file-size', path: 'machines/hedge.ts', reason: MACHINE },
  { rule: 'function-size', path: 'machines/hedge.ts', about: 'create', reason: MACHINE },
  { rule: 'function-size', path: 'machines/trading.ts', about: 'create', reason: MACHINE },
  { rule: 'function-size', path: 'machines/daemon.ts', about: 'create', reason: MACHINE },
  {
    rule: 'function-size',
    path: 'actors/daemon.ts',
    about: 'takeReport',
    reason: 'one switch over every report of the broker, a few lines each; the branching is here',
  },
  {
    rule: 'function-size',
    path: 'src/pricing/kernels/european.ts',
    about: 'write',
    reason: 'straight-line arithmetic, in which every named value is used by the next',
  },
  {
    rule: 'file-size',
    path: 'src/engine/live.ts',
    reason: 'the composition root of the live world: wiring, read best in one piece',
  },
  {
    rule: 'function-size',
    path: 'src/gateway/tws/service.ts',
    about: 'serve',
    reason: 'one switch over every request of a client, a line or two each',
  },
  {
    rule: 'cycle',
    path: 'src/runtime/wire.ts',
    reason: 'of types alone: a lane carries messages, and a message hands on a lane',
  },
  {
    rule: 'cycle',
    path: 'src/runtime/world.ts',
    reason: 'of types alone: a world makes the pool whose ports it names',
  },
  {
    rule: 'cycle',
    path: 'test/bench/harness/benchmark.ts',
    reason: 'of types alone: a benchmark is handed the rig, and the rig its workspace',
  },
  {
    rule: 'unreached',
    path: 'src/pricing/variance-index.ts',
    reason: 'the variance of a strip stands beside the other measures, and no page shows it yet',
  },
  {
    rule: 'computed-import',
    path: 'src/runtime/world.ts',
    reason: 'the runtime loads the actor that a child spec names; it must not know which there are',
  },
  {
    rule: 'computed-import',
    path: 'src/runtime/pool-entry.ts',
    reason: 'likewise the pool loads the module of a job',
  },
  {
    rule: 'banned-call',
    path: 'src/gateway/ib/connection.ts',
    about: 'queueMicrotask',
    reason: 'marks the end of one socket read in the same tick; no time passes',
  },
  {
    rule: 'banned-call',
    path: 'src/gateway/tws/session.ts',
    about: 'queueMicrotask',
    reason: 'sends what one tick produced in one write; no time passes',
  },
  {
    rule: 'banned-call',
    path: 'src/store/copy-in.ts',
    about: 'setImmediate',
    reason: 'lets the socket of a real server have its turn; a simulated database has no COPY',
  },
  {
    rule: 'banned-call',
    path: 'src/gateway/ib/library-socket.ts',
    about: 'setImmediate',
    reason: 'lets others have their turn between two reads of a real socket; no time passes',
  },
  {
    rule: 'file-size',
    path: 'test/gateway/tws/session.test.ts',
    reason: 'one suite over one subject; to be split when it next grows',
  },
];
