import { expect, it } from 'vitest';
import { checkBatch } from '../document/parse.js';
import { readPromptTable } from '../prompts/table.js';
import { references } from './references.js';

it('names stand at the top, in the matrix, in columns and in tags', () => {
  const batch = checkBatch({
    kind: 'Batch',
    model: 'a',
    vae: 'auto',
    loras: [{ name: 'ink' }],
    promptsFile: { file: 'p.csv', expand: true },
    matrix: { model: ['b', 'a'], loras: [[{ name: 'oil' }], []], include: [{ model: 'c', vae: 'soft' }] },
  });
  const csv = 'prompt,model,vae\n"x <lora:{ink|fog}:1>",d,\ny <lora:rain>,,hard\n';
  expect(references(batch, readPromptTable(new TextEncoder().encode(csv), 'p.csv'))).toEqual({
    models: ['a', 'd', 'b', 'c'],
    loras: ['ink', 'oil', 'fog', 'rain'],
    vaes: ['hard', 'soft'],
    controls: [],
    embeddings: [],
    upscalers: [],
    motions: [],
    ipAdapters: [],
    imageEncoders: [],
    faceRestorers: [],
    faceDetectors: [],
    images: [],
  });
});
