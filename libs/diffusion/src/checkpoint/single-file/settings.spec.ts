import { expect, test } from 'vitest';
import { parseSettings, settingsOf } from './settings.js';

test('reads settings', () => {
  const settings = { kind: 'sd2-v', ema: true, config: { unet: { norm_num_groups: 16 } } };
  expect(parseSettings(JSON.stringify(settings), 'it')).toEqual(settings);
  expect(parseSettings('{}', 'it')).toEqual({ ema: false, config: {} });
});

test.each([
  ['', 'it is not JSON.'],
  ['[]', 'it is not a JSON object.'],
  ['{"kinds":"sd1"}', 'it has an unknown setting "kinds"; known are kind, ema, config.'],
  ['{"kind":"sd3"}', 'it names a kind that is not known; known are sd1, sd1-inpaint, sd2, '],
  ['{"ema":1}', 'it has an "ema" that is neither true nor false.'],
  ['{"config":{"lora":{}}}', 'it has a "config" that is not a JSON object of settings for each of unet, vae, '],
  ['{"config":{"unet":1}}', 'it has a "config" that is not'],
])('refuses %s', (text, message) => {
  expect(() => parseSettings(text, 'it')).toThrow(message);
});

test('finds those of a file in its metadata', () => {
  const file = { path: 'm.safetensors', metadata: { atelier: '{"kind":"sd2"}' } } as never;
  expect(settingsOf(file).kind).toBe('sd2');
  expect(settingsOf({ path: 'm.safetensors', metadata: {} } as never)).toEqual({});
});
