import { describe, expect, it } from 'vitest';
import { result } from '../../tests/views.js';
import { inJob, inList } from './neighbours.js';

const pictures = [7, 2, 5].map((index) => result({ index }));

describe('the surroundings of a picture', () => {
  it('in a list are those before and after it', () => {
    const found = inList(pictures, { jobId: 'job', index: 2 });
    expect(found?.previous).toEqual({ jobId: 'job', index: 7 });
    expect(found?.next).toEqual({ jobId: 'job', index: 5 });
    expect([found?.position, found?.remaining, found?.around.length]).toEqual([2, 1, 3]);
    expect(inList(pictures, { jobId: 'other', index: 2 })).toBeNull();
  });

  it('end with the list', () => {
    expect(inList(pictures, { jobId: 'job', index: 7 })?.previous).toBeNull();
    expect(inList(pictures, { jobId: 'job', index: 5 })?.next).toBeNull();
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
