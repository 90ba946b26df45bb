/** A checker that cannot fail proves nothing: farms that are broken on purpose, and what it says of them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../support/farm.js';
import { postgresUrl, startPostgres, stopPostgres, type PostgresServer } from '../support/postgres.js';
import type { Violation } from './checker/violation.js';
import { patchedEnvironment } from './patch/patch.js';
import { runInProcess } from './process.js';
import { scriptedVariants } from './scripted/variants.js';
import { variants } from './variants.js';

const tries: Record<string, number> = {};

describe.concurrent('a farm of real processes', () => {
  // A fault brings out what is broken only if it strikes at the right moment: it gets more than one chance.
  const chances = { retry: 2, timeout: 400_000 };
  it.each(variants)('with $name is caught', chances, async ({ name, rule }) => {
    const seed = String((tries[name] = (tries[name] ?? 0) + 1));
    const report = await runInProcess(['--variant', name, '--tasks', '40', '--seed', seed], () => {});
    console.log(`${name}: ${report.violations.find((violation) => violation.rule === rule)?.sentence}`);
    expect(report.violations.map((violation) => violation.rule)).toContain(rule);
  });
});

describe('several schedulers over one database', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    if (postgres) await stopPostgres(postgres);
  });

  const play = async (name: string, how: 'intact' | 'broken'): Promise<Violation[]> => {
    const database = `${name}_${how}`.replaceAll('-', '_');
    const client = new pg.Client(postgresUrl(postgres, 'postgres'));
    await client.connect();
    await client.query(`CREATE DATABASE ${database}`);
    await client.end();
    const { patches } = scriptedVariants.find((variant) => variant.name === name)!;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, 'tests/dist/faults/scripted/main.js'), postgresUrl(postgres, database), name, how],
      { env: { ...process.env, ...patchedEnvironment(how === 'broken' ? patches : []) } },
    );
    return JSON.parse(stdout) as Violation[];
  };

  it.each(scriptedVariants)('$name is caught, and does not happen', async ({ name, rule }) => {
    const found = await play(name, 'broken');
    console.log(`${name}: ${found.find((violation) => violation.rule === rule)?.sentence}`);
    expect(found.map((violation) => violation.rule)).toContain(rule);
    expect(await play(name, 'intact')).toEqual([]);
  });
});
