import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawSheet } from './draw-sheet.js';

let folder: string;
const file = (name: string) => join(folder, `${name}.png`);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sheet-'));
  for (const [name, background] of Object.entries({ red: '#f00', green: '#0f0', blue: '#00f' }))
    await sharp({ create: { width: 40, height: 20, channels: 3, background } })
      .png()
      .toFile(file(name));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(sheet: Buffer) {
  const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
  const inkIn = (left: number, top: number, right: number, bottom: number) => {
    let ink = 0;
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) if (at(x, y).every((value) => value < 100)) ink++;
    return ink;
  };
  return { ...info, at, inkIn };
}

test('puts pictures in their places, and leaves empty what is not there', async () => {
  const cells = [
    [{ path: file('red') }, { path: file('green') }],
    [{}, { path: file('blue') }],
  ];
  const sheet = await read(await drawSheet({ title: '', cell: 40, cells }));
  expect([sheet.width, sheet.height]).toEqual([2 * 52 + 12, 2 * 52 + 12]);
  expect(sheet.at(32, 32)).toEqual([255, 0, 0]);
  expect(sheet.at(84, 32)).toEqual([0, 255, 0]);
  expect(sheet.at(32, 84)).toEqual([232, 232, 232]);
  expect(sheet.at(84, 84)).toEqual([0, 0, 255]);
  expect(sheet.at(84, 15)).toEqual([255, 255, 255]);
});

test('writes above columns, beside rows and below pictures, with whatever characters', async () => {
  const cells = [[{ path: file('red') }, { path: file('green') }]];
  const plain = await read(await drawSheet({ title: '', cell: 40, cells }));
  const labels = { title: 'a <b> & c', columns: ['seed 1', 'seed 2'], lines: ['guidance 1.5'] };
  const labelled = await read(await drawSheet({ ...labels, cell: 40, cells }));
  expect(labelled.width).toBeGreaterThan(plain.width);
  expect(labelled.height).toBeGreaterThan(plain.height);
  expect(labelled.inkIn(0, 0, labelled.width, labelled.height - 52)).toBeGreaterThan(100);
  const below = await read(await drawSheet({ title: '', cell: 40, cells: [[{ path: file('red'), label: 'one' }]] }));
  expect(below.inkIn(0, 52, below.width, below.height)).toBeGreaterThan(10);
});

test('a long text goes on below', async () => {
  const height = async (label: string) =>
    (await read(await drawSheet({ title: '', cell: 60, cells: [[{ path: file('red'), label }]] }))).height;
  expect(await height('a red house by the sea at dawn')).toBeGreaterThan(await height('a red'));
});

test('pictures that are all smaller than a place lie as close as they can', async () => {
  const cells = [
    [{ path: file('red') }, {}],
    [{}, { path: file('blue') }],
  ];
  const { width, height } = await read(await drawSheet({ title: '', cell: 256, cells }));
  expect([width, height]).toEqual([2 * 52 + 12, 2 * 52 + 12]);
  const empty = await read(await drawSheet({ title: '', cell: 64, cells: [[{}]] }));
  expect(empty.width).toBe(64 + 2 * 12);
});
