import { expect, test } from 'vitest';
import { noisePerPicture } from './noise.js';

const shape = [4, 2, 3];

test('depends on the seed of each picture alone, draw after draw', () => {
  const together = noisePerPicture('cpu', [7, 8]);
  const alone = noisePerPicture('cpu', [8]);
  for (let draw = 0; draw < 3; draw++) expect(together(shape).slice(24)).toEqual(alone(shape));
});
