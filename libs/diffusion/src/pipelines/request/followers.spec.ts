import { expect, test } from 'vitest';
import { readAdapterConfig } from '../../networks/t2i-adapter.js';
import { readControlNetConfig } from '../../networks/controlnet.js';
import { readUnetConfig } from '../../networks/unet-config.js';
import type { ControlNetwork } from '../control-network.js';
import type { ControlRequest, RenderRequest } from '../types.js';
import { followersOf } from './followers.js';

const down = ['CrossAttnDownBlock2D', 'DownBlock2D'];
const up = ['UpBlock2D', 'CrossAttnUpBlock2D'];
const unet = { block_out_channels: [32, 64], down_block_types: down, up_block_types: up, cross_attention_dim: 16 };
const model = { unetConfig: readUnetConfig(unet, 'a U-Net') };
const load = () => Promise.reject(new Error('is not run'));
const weights = { source: 'a file', identity: 'a file', tensors: new Map() };
const net = (change: object = {}): ControlNetwork => ({
  ...{ kind: 'controlnet', path: '/nets/n', load, weights },
  config: readControlNetConfig({ ...unet, ...change }, 'a ControlNet'),
});
const adapter = (channels: number[]): ControlNetwork => ({
  ...{ kind: 't2i_adapter', path: '/nets/a', load, weights },
  config: readAdapterConfig({ adapter_type: 'full_adapter', channels }, 'an adapter'),
});
const image = { width: 32, height: 32, pixels: new Uint8Array(32 * 32 * 3) };

const follow = (control: Partial<ControlRequest>, network = net(), size = 32) =>
  followersOf({ controls: [{ path: '/n', image, ...control }] } as RenderRequest, [network], model, {
    ...{ width: size, height: size, mode: 'crop' },
  });

test('asks the U-Net for what networks of both kinds add', () => {
  const controls = [{ image }, { image }, { image, preprocess: 'canny' }] as ControlRequest[];
  const networks = [net(), adapter([32, 64]), net()];
  const framing = { width: 32, height: 32, mode: 'crop' } as const;
  const influences = followersOf({ controls } as RenderRequest, networks, model, framing);
  expect(influences.map(({ takes }) => takes)).toEqual(['residuals', 'features']);
});

test.each<[string, Partial<ControlRequest>, ControlNetwork, string]>([
  ['other text', {}, net({ cross_attention_dim: 24 }), 'told text in vectors of 24 values, the checkpoint of 16.'],
  ['other levels', {}, net({ block_out_channels: [32, 32] }), 'its levels have 2 x 32, 2 x 32 channels, those of the'],
  [
    'another adapter',
    {},
    adapter([32, 32]),
    '/nets/a is for another architecture than the checkpoint: its levels have 32,',
  ],
  [
    'guessing adapters',
    { guess: true },
    adapter([32, 64]),
    'controls[0] asks for guess, which is of ControlNets; /nets/a',
  ],
  [
    'ends before starts',
    { start: 0.5, end: 0.5 },
    net(),
    'controls[0] starts at 0.5 and ends at 0.5; it must end after',
  ],
  ['a negative scale', { scale: -1 }, net(), 'controls[0].scale -1 is not possible'],
  ['a late end', { end: 1.2 }, net(), 'controls[0].end 1.2 is not possible'],
  ['a threshold', { low: 1e6 }, net(), 'controls[0].low 1000000 is not possible'],
  ['a preprocessor', { preprocess: 'hed' as 'canny' }, net(), 'controls[0].preprocess "hed" is not known'],
])('refuses %s', (_, control, network, message) => {
  expect(() => follow(control, network)).toThrow(message);
});

test('refuses sizes whose levels an adapter cannot meet', () => {
  expect(() => follow({}, adapter([32, 64]), 24)).toThrow('both sides must be multiples of 16.');
});
