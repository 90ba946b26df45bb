import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expand, parseBatch, readPromptTable, references } from '@atelier/batch';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../../examples');

/** Every example that brings its own prompts, with the pictures that it makes. */
const pictures: Record<string, number> = {
  'edges.yaml': 8,
  'harbour.yaml': 24,
  'img2img.yaml': 12,
  'inpaint.yaml': 4,
  'matrix.yaml': 24,
  'papercut.yaml': 8,
  'postcards.yaml': 6,
};

test('every example is counted here', () => {
  const batches = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  expect(batches.sort()).toEqual([...Object.keys(pictures), 'parti.yaml'].sort());
});

test.each(Object.entries(pictures))('%s makes %d pictures, all with the models of the clone', (file, total) => {
  const batch = parseBatch(readFileSync(join(folder, file), 'utf8'), { format: 'yaml' });
  const table =
    batch.promptsFile && readPromptTable(readFileSync(join(folder, batch.promptsFile.file)), batch.promptsFile.file);
  const { models, loras, vaes, controls, upscalers, images } = references(batch, table);
  const present = images.map(({ name }) => [name, existsSync(join(folder, name))]);
  expect(present).toEqual(images.map(({ name }) => [name, true]));
  const known = readdirSync(join(folder, '../models'));
  expect(known).toEqual(expect.arrayContaining([...models, ...loras, ...controls, ...upscalers]));
  const model = { defaultWidth: 128, defaultHeight: 128, kind: 'controlnet', scale: 4 } as const;
  const sha256 = (name: string) => createHash('sha256').update(name).digest('hex');
  const resolve = (names: string[]) => new Map(names.map((name) => [name, { name, sha256: sha256(name), ...model }]));
  const expansion = expand(batch, {
    models: resolve(models),
    loras: resolve(loras),
    vaes: resolve(vaes),
    controls: resolve(controls),
    upscalers: resolve(upscalers),
    images: new Map(images.map(({ name }) => [name, { sha256: name, width: 128, height: 128 }])),
    ...(table && { promptTable: table }),
    seedBase: 0,
  });
  expect([expansion.total, expansion.warnings]).toEqual([total, []]);
});
