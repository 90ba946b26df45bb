import { expect, it } from 'vitest';
import { archiveNames } from './archive-name.js';

it('gives every job a folder of its own, also where names repeat or cannot be files', () => {
  const name = archiveNames();
  expect(name({ jobId: '1', jobName: 'harbour', file: '0.png' })).toBe('harbour/0.png');
  expect(name({ jobId: '2', jobName: 'harbour', file: '0.png' })).toBe('harbour 2/0.png');
  expect(name({ jobId: '1', jobName: 'harbour', file: '1.png' })).toBe('harbour/1.png');
  expect(name({ jobId: '3', jobName: '../../etc', file: '0.png' })).toBe('.._.._etc/0.png');
});
