import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { GoldenRow, GoldenRunner } from '../../libs/diffusion/src/golden/format.js';
import { runGoldens } from '../../libs/diffusion/src/golden/run.js';

const ROOT = import.meta.dirname;

/** Runs every golden file of a folder; a test per file, with every failing row in the message. */
export function testGoldenFolder(folder: string, run: GoldenRunner): void {
  const files = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.json'));
  test.each(files)(`${folder}/%s`, async (name) => {
    const rows = [];
    for await (const row of run({ root: ROOT, path: join(ROOT, folder, name) })) rows.push(row);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ pass }) => !pass)).toEqual([]);
  });
}

/** The rows of every case in a folder, as `atelier golden` shows them. */
export async function goldenRows(...folder: string[]): Promise<GoldenRow[]> {
  const rows = [];
  for await (const row of runGoldens([join(ROOT, ...folder)])) rows.push(row);
  return rows;
}
