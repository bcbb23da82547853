import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Browsers, frozen processes and real clocks on a machine that others use: one second chance where nobody watches.
    // Vitest names each test that needed it.
    retry: process.env.CI === undefined ? 0 : 1,
  },
});
