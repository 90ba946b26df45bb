import { expect, test } from 'vitest';
import { describeCanRun, whatCanRun } from './can-run.js';

const said = (gigabytes: number) => whatCanRun(gigabytes * 1e9).map(describeCanRun);

test('says what memory is enough for', () => {
  expect(said(2)).toEqual([
    expect.stringMatching(/^SD 1 not at 512x512, which needs 3\.\d GB$/),
    expect.stringMatching(/^SD 2 not at 768x768/),
    expect.stringMatching(/^SDXL not at 1024x1024, which needs 1\d\.\d GB$/),
  ]);
  expect(said(24)).toEqual([
    expect.stringMatching(/^SD 1 up to \d{4}x\d{4}$/),
    expect.stringMatching(/^SD 2 up to \d{4}x\d{4}$/),
    expect.stringMatching(/^SDXL up to \d{4}x\d{4}$/),
  ]);
});

test('more memory is enough for no less', () => {
  const sides = [2, 5, 8, 16, 32, 64].map((gigabytes) =>
    whatCanRun(gigabytes * 1e9).map((one) => one.largestSide ?? 0),
  );
  for (const [i, more] of sides.slice(1).entries()) {
    more.forEach((side, k) => expect(side).toBeGreaterThanOrEqual(sides[i]![k]!));
  }
});
