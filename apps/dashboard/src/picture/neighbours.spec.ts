import { describe, expect, it } from 'vitest';
import { result } from '../../tests/views.js';
import { inGallery, inJob } from './neighbours.js';

const pictures = [7, 2, 5].map((index) => result({ index }));

describe('the surroundings of a picture', () => {
  it('in the gallery are those before and after it, each with its position', () => {
    const found = inGallery(pictures, { jobId: 'job', index: 2 }, 100);
    expect(found?.previous).toEqual({ jobId: 'job', index: 7, pos: 100 });
    expect(found?.next).toEqual({ jobId: 'job', index: 5, pos: 102 });
    expect([found?.position, found?.from, found?.around.length]).toEqual([102, 100, 3]);
    expect(inGallery(pictures, { jobId: 'other', index: 2 }, 0)).toBeNull();
  });

  it('end with what was read', () => {
    expect(inGallery(pictures, { jobId: 'job', index: 7 }, 0)?.previous).toBeNull();
    expect(inGallery(pictures, { jobId: 'job', index: 5 }, 0)?.next).toBeNull();
  });

  it('in a job are its tasks, made or not', () => {
    const found = inJob(pictures, { jobId: 'job', index: 3 }, 8);
    expect(found.previous).toEqual({ jobId: 'job', index: 2 });
    expect(found.next).toEqual({ jobId: 'job', index: 4 });
    expect(found.around.map((picture) => picture?.index ?? null)).toEqual([null, null, 2, null, null, 5, null, 7]);
  });

  it('in a job end with its tasks, and are not guessed while their number is unknown', () => {
    expect(inJob([], { jobId: 'job', index: 0 }, 8).previous).toBeNull();
    expect(inJob([], { jobId: 'job', index: 7 }, 8).next).toBeNull();
    expect(inJob([], { jobId: 'job', index: 3 }, null).next).toBeNull();
  });
});
