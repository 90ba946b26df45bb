import { jobStates } from '@atelier/contracts/rest';
import { describe, expect, it } from 'vitest';
import { JobSearch, JobsSearch, PictureSearch, jobFilters, statesOf } from './search.js';

describe('the state in the URL', () => {
  it('keeps what it understands', () => {
    expect(JobsSearch.parse({ show: 'active' })).toEqual({ show: 'active' });
    expect(JobSearch.parse({ tab: 'failed', size: 'large' })).toEqual({ tab: 'failed', size: 'large' });
    expect(PictureSearch.parse({ within: 'gallery', pixels: true })).toEqual({ within: 'gallery', pixels: true });
  });

  it('drops what it does not understand and keeps the rest', () => {
    expect(JobsSearch.parse({ show: 'everything' }).show).toBeUndefined();
    expect(JobSearch.parse({ tab: 12, size: 'small', utm: 'x' })).toEqual({ tab: undefined, size: 'small' });
    expect(PictureSearch.parse({ pixels: 'yes' }).pixels).toBeUndefined();
  });

  it('puts every job state under exactly one filter', () => {
    expect(Object.values(jobFilters).flat().sort()).toEqual([...jobStates].sort());
    expect(statesOf(undefined)).toEqual([]);
    expect(statesOf('failed')).toEqual(['failed']);
  });
});
