import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from './config.js';

let home: string;
beforeAll(() => (home = mkdtempSync(join(tmpdir(), 'atelier-home-'))));
afterAll(() => rmSync(home, { recursive: true }));

const read = (environment: NodeJS.ProcessEnv = {}) => readConfig({ ATELIER_HOME: home, ...environment });

describe('the server', () => {
  const runFile = (pid: number) => {
    mkdirSync(join(home, 'farm'), { recursive: true });
    writeFileSync(join(home, 'farm/run.json'), JSON.stringify({ pid, api: 'http://127.0.0.1:7999' }));
  };

  test('is the usual address where nothing else is known', () => {
    expect(read().server).toBe('http://127.0.0.1:7860');
  });

  test("is this user's running farm", () => {
    runFile(process.pid);
    expect(read().server).toBe('http://127.0.0.1:7999');
  });

  test('is not a farm that left its file behind', () => {
    runFile(2 ** 30);
    expect(read().server).toBe('http://127.0.0.1:7860');
  });

  test('is what ATELIER_SERVER says before all else', () => {
    runFile(process.pid);
    expect(read({ ATELIER_SERVER: 'https://farm.example/' }).server).toBe('https://farm.example');
  });

  test.each(['7860', 'localhost:7860', 'ftp://farm'])('cannot be %s', (address) => {
    expect(() => read({ ATELIER_SERVER: address })).toThrow(`ATELIER_SERVER is "${address}"`);
  });
});

test('model folders are separated as in PATH, and each must be there', () => {
  expect(read({ ATELIER_MODELS: [home, tmpdir()].join(delimiter) }).modelFolders).toEqual([home, tmpdir()]);
  const missing = join(home, 'none');
  expect(() => read({ ATELIER_MODELS: missing })).toThrow(`ATELIER_MODELS names ${missing}, which is no folder`);
});

test('pictures are withheld or not judged, nothing else', () => {
  expect([read().safety, read({ ATELIER_SAFETY: 'off' }).safety]).toEqual([undefined, 'off']);
  expect(() => read({ ATELIER_SAFETY: 'on' })).toThrow('ATELIER_SAFETY is "on"; it must be one of off, withhold');
});

test('without ATELIER_MODELS the models that come with Atelier are there', () => {
  expect(read().modelFolders).toContain(join(import.meta.dirname, '../../../models'));
});
