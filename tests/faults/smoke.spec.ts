/** A farm of real processes, harmed in six ways within a minute. The long run is `npm run bench -- faults`. */
import { expect, it } from 'vitest';
import { runInProcess } from './process.js';

it('gives every picture once, and no picture of a cancelled job, whatever breaks', async () => {
  const lines: string[] = [];
  const seed = process.env.ATELIER_FAULTS_SEED ?? '1';
  const args = ['--mode', 'embedded', '--tasks', '100', '--faults', '6', '--seed', seed];
  const report = await runInProcess(args, (line) => lines.push(line));
  const told = `ATELIER_FAULTS_SEED=${seed}\n${lines.join('\n')}`;
  expect(report.violations, told).toEqual([]);
  expect(report.results, told).toBe(100);
  expect(Object.keys(report.struck).length + Object.keys(report.impossible).length, told).toBeGreaterThanOrEqual(6);
}, 400_000);
