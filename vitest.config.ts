import { defineConfig } from 'vitest/config';

// Layers are told apart by file name, so that a reader sees what a test needs:
//   *.spec.ts          beside the source, no process, no server
//   *.medium.spec.ts   beside the source, with the real database, broker, gRPC or engine
//   tests/goldens      numbers against the reference library
//   tests/e2e          the whole farm, through its own commands and page
const conditions = ['@atelier/source', 'module', 'node', 'development|production'];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };
// A machine with little to spare takes its time: what is polled for comes, or the test has a reason to fail.
const patient = { expect: { poll: { timeout: 30_000 } } };
// Real processes are tried twice; tools/flaky-reporter.mjs names what needed it. Numbers and logic get one try.
const real = { ...patient, retry: 1 };

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          ...patient,
          name: 'unit',
          testTimeout: 60_000,
          include: ['{libs,apps}/*/src/**/*.spec.ts'],
          exclude: ['**/*.medium.spec.ts', '**/dist/**'],
        },
      },
      {
        ...shared,
        test: {
          ...real,
          name: 'medium',
          include: ['{libs,apps}/*/src/**/*.medium.spec.ts'],
          globalSetup: 'tests/support/servers.ts',
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        ...shared,
        test: { name: 'goldens', include: ['tests/goldens/*.spec.ts'], testTimeout: 300_000, hookTimeout: 120_000 },
      },
      {
        ...shared,
        test: {
          ...real,
          name: 'e2e',
          include: ['tests/e2e/**/*.spec.ts', 'tests/faults/**/*.spec.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
          // After all others: a farm that shares its cores with them would be tested for patience.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
