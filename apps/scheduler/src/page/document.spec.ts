import { expect, test } from 'vitest';
import { documentOf } from './document.js';

const html = '<!doctype html><html lang="en"><head><script src="/page.js"></script></head><body></body></html>';
const picture = { sha256: 'a'.repeat(64), mediaType: 'image/png', withheld: false };
const known = { lastEvent: 41, newest: [picture] };

test('the farm’s document names the last event, its first reads and the newest pictures, behind the scripts', () => {
  const document = documentOf(html, 'farm', known);
  expect(document).toContain('<html data-last-event="41" lang="en">');
  expect(document).toContain('as="fetch" crossorigin href="/api/v1/jobs?state=queued&amp;state=running');
  expect(document).toContain(`as="image" href="/api/v1/artifacts/${picture.sha256}/thumbnail"`);
  expect(document.indexOf('/page.js')).toBeLessThan(document.indexOf('preload'));
});

test('films, which have no thumbnail, and withheld pictures are not fetched ahead', () => {
  const newest = [
    { ...picture, mediaType: 'video/mp4' },
    { ...picture, withheld: true },
  ];
  expect(documentOf(html, 'farm', { lastEvent: 1, newest })).not.toContain('as="image"');
});

test('other views read other things: only the event is named', () => {
  const document = documentOf(html, 'other', known);
  expect(document).toContain('data-last-event="41"');
  expect(document).not.toContain('preload');
});

test('without a database the document comes as it was built', () => {
  expect(documentOf(html, 'other', null)).toBe(html);
});
