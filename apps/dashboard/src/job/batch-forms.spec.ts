import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { asCommand, asCurl, asYaml } from './batch-forms.js';

const batch =
  '{"kind":"Batch","prompts":["a \'red\' house\\nBATCH"],"matrix":{"seed":{"from":1,"count":2},"guidance":[1]}}';

it('keeps the batch and the order of its axes', () => {
  const yaml = asYaml(batch);
  expect(parse(yaml)).toEqual(JSON.parse(batch));
  expect(yaml.indexOf('seed')).toBeLessThan(yaml.indexOf('guidance'));
  expect(asYaml('kind: Batch')).toBe('kind: Batch');
});

it('ends the document with a word that is no line of it', () => {
  expect(asCommand('a\nBATCH\n')).toContain("<<'BATCH_'\na\nBATCH\nBATCH_\n");
  expect(asCurl('a: 1\n', 'http://farm')).toContain('http://farm/api/v1/jobs');
});
