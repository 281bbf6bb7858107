import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Two projects: `unit` is quick, in-process and runs in `npm run check`; `system` starts real
 * processes, threads, databases and browsers, or takes its time. `npm test` runs both.
 */
const SYSTEM = [
  'test/integration/**/*.test.ts',
  'test/acceptance/**/*.test.ts',
  'test/browser/**/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/api/{access,contract,fuzz,server}.test.ts',
  'test/simulation/**/*.test.ts',
  'test/model/**/*.test.ts',
  'test/actors/{book-attribution-properties,controls-in-every-state}.test.ts',
  'test/store/**/*.test.ts',
  'test/runtime/{credit,ring,supervision,system,trace,watch}.test.ts',
  'test/gateway/tws/{hostile,many-clients}.test.ts',
  'test/engine/{allocation,deciders,rewind}.test.ts',
  'test/backtest/**/*.test.ts',
  'test/gateway/sim/{conservation,market-statistics,model-market,persistence}.test.ts',
  'test/pricing/{calculator,kernels}.test.ts',
];

/** Files with processes take longest and wait most: none of them may be what all wait for. */
class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId, project }: TestSpecification): number =>
      2 * project.config.sequence.groupOrder + Number(!/test.(integration|browser)/.test(moduleId));
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: WaitingFirst },
    reporters: ['default', './test/support/plain-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['./test/support/property-seed.ts'],
          include: ['test/**/*.test.ts'],
          exclude: SYSTEM,
          pool: 'threads',
          maxWorkers: 2,
          // One module graph for each thread takes half the time, and a test that leaves something
          // behind shows.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'system',
          setupFiles: ['./test/support/property-seed.ts'],
          include: SYSTEM,
          pool: 'forks',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Twice the cores: most of these files wait most of their time, for a broker to settle.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
