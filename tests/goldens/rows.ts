import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { GoldenRunner } from '../../libs/diffusion/src/golden/format.js';

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
