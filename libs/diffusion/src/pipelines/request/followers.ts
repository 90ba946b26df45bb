import { InputError } from '../../errors.js';
import { canny } from '../../image/canny.js';
import { toRgb, type Raster } from '../../image/raster.js';
import type { Adapter, ControlNet, ControlNetwork } from '../control-network.js';
import { framed, type Framing } from '../framing.js';
import type { Influence } from '../influence.js';
import { adapters, type Adaptation } from '../influences/adapters.js';
import { controlNets, type Control } from '../influences/controlnets.js';
import type { DiffusionModel } from '../model.js';
import type { ControlRequest, RenderRequest } from '../types.js';
import { refuseOtherSize } from './beginning.js';
import { checkNumber } from './checks.js';

type FollowingModel = Pick<DiffusionModel, 'unetConfig'>;

/** Canny's thresholds where a request names none, and the largest sum of gradients. */
const [LOW, HIGH, LARGEST_GRADIENT] = [100, 200, 2040];
const LARGEST_SCALE = 10;

/**
 * Lets the pictures of a request follow others. Throws InputError for networks of other architectures.
 *
 * @param networks those of the request's `controls`, opened
 */
export function followersOf(
  request: RenderRequest,
  networks: readonly ControlNetwork[],
  model: FollowingModel,
  framing: Framing,
): Influence[] {
  const nets: Control[] = [];
  const others: Adaptation[] = [];
  for (const [k, control] of (request.controls ?? []).entries()) {
    const name = `controls[${k}]`;
    checkControl(name, control);
    refuseOtherSize(`${name}.image`, control.image, request.initImage, framing);
    const { scale = 1, start = 0, end = 1, guess = false } = control;
    const shared = { picture: framed(shownImage(control), framing), scale, start, end };
    const network = networks[k]!;
    if (network.kind === 'controlnet') {
      refuseOtherControlNet(network, model);
      nets.push({ ...shared, network, guess });
    } else {
      if (guess)
        throw new InputError(`${name} asks for guess, which is of ControlNets; ${network.path} is a T2I-Adapter.`);
      refuseOtherAdapter(network, model, framing);
      others.push({ ...shared, network });
    }
  }
  return [...(nets.length > 0 ? [controlNets(nets)] : []), ...(others.length > 0 ? [adapters(others)] : [])];
}

function checkControl(name: string, control: ControlRequest): void {
  const { low = LOW, high = HIGH, scale = 1, start = 0, end = 1 } = control;
  checkNumber(`${name}.scale`, scale, 0, LARGEST_SCALE);
  checkNumber(`${name}.start`, start, 0, 1);
  checkNumber(`${name}.end`, end, 0, 1);
  checkNumber(`${name}.low`, low, 0, LARGEST_GRADIENT);
  checkNumber(`${name}.high`, high, 0, LARGEST_GRADIENT);
  if (start >= end) throw new InputError(`${name} starts at ${start} and ends at ${end}; it must end after it starts.`);
  const { preprocess = 'none' } = control;
  if (preprocess !== 'none' && preprocess !== 'canny') {
    throw new InputError(`${name}.preprocess "${String(preprocess)}" is not known; allowed are none, canny.`);
  }
}

/** What a network is shown of the image of a request, in colour. */
function shownImage({ image, preprocess, low = LOW, high = HIGH }: ControlRequest): Raster {
  return toRgb(preprocess === 'canny' ? canny(image, low, high) : image);
}

/** A ControlNet adds to every skip connection of the U-Net that it was copied from. */
function refuseOtherControlNet({ path, config }: ControlNet, { unetConfig }: FollowingModel): void {
  const own = config.unet;
  const refuse = (what: string) => {
    throw new InputError(`The ControlNet ${path} is for another architecture than the checkpoint: ${what}.`);
  };
  const text = ({ levels }: typeof own) => levels[0]!.attention.contextWidth;
  if (text(own) !== text(unetConfig)) {
    refuse(`it is told text in vectors of ${text(own)} values, the checkpoint of ${text(unetConfig)}`);
  }
  const shape = ({ levels }: typeof own) => levels.map(({ channels, layers }) => `${layers} x ${channels}`).join(', ');
  if (shape(own) !== shape(unetConfig)) {
    refuse(`its levels have ${shape(own)} channels, those of the checkpoint ${shape(unetConfig)}`);
  }
  if (own.added?.width !== unetConfig.added?.width) refuse('only one of both is told sizes as SDXL is');
  if (config.pictureChannels !== 3) refuse(`it follows pictures of ${config.pictureChannels} channels, not of 3`);
}

/** An adapter adds to every level of the U-Net, at the size that the level has. */
function refuseOtherAdapter({ path, config }: Adapter, { unetConfig }: FollowingModel, framing: Framing): void {
  const { levels } = unetConfig;
  const blocks = config.blocks.slice(0, levels.length);
  const own = blocks.map(({ out }) => out);
  const expected = levels.map(({ channels }) => channels).slice(0, own.length);
  if (own.join() !== expected.join()) {
    throw new InputError(
      `The T2I-Adapter ${path} is for another architecture than the checkpoint: its levels have ${own.join(', ')} channels, those of the checkpoint ${expected.join(', ')}.`,
    );
  }
  const multiple = config.squares * 2 ** blocks.filter(({ halves }) => halves).length;
  const { width, height } = framing;
  if (width % multiple !== 0 || height % multiple !== 0) {
    throw new InputError(
      `The size ${width}x${height} is not possible with the T2I-Adapter ${path}; both sides must be multiples of ${multiple}.`,
    );
  }
}
