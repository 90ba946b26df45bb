import { networkFolder } from '../checkpoint/checkpoint.js';
import { openWeights } from '../checkpoint/weight-files.js';
import { Graph } from '../graph/graph.js';
import { loadLoras } from '../lora/load.js';
import { loraTargets } from '../lora/targets.js';
import { readUnetConfig } from '../networks/unet-config.js';
import { Weights } from '../networks/weights.js';
import { readGoldenJson, tensorsOf, type CaseReport } from './format.js';
import type { GoldenEngine } from './pipeline-stages.js';
import { findInGoldens, type GoldenFile } from './places.js';
import { readGoldenTensors } from './tensors.js';
import { TOLERANCES } from './tolerances.js';

interface MergedCase {
  model: string;
  loras: { file: string; weight: number }[];
}

/** Compares weights after LoRAs were folded into them: `unet.MODULE.weight` and `text_encoder.MODULE.weight`. */
export async function compareMergedWeights(report: CaseReport, file: GoldenFile, engine: GoldenEngine): Promise<void> {
  const golden = await readGoldenJson<MergedCase>(file.path);
  const tensors = await readGoldenTensors(tensorsOf(file.path));
  const folder = await findInGoldens(file, golden.model);
  const source = networkFolder(`${folder}/unet`);
  const networks = {
    unet: await source.openWeights(),
    text_encoder: await openWeights(`${folder}/text_encoder`),
  };
  const unet = { config: readUnetConfig(await source.readConfig(), folder), weights: networks.unet };
  const loras = [];
  for (const { file: path, weight } of golden.loras) loras.push({ path: await findInGoldens(file, path), weight });
  const { changes } = await loadLoras(
    loras,
    loraTargets(unet, [{ name: 'text_encoder', weights: networks.text_encoder }]),
  );

  for (const name of tensors.names) {
    const [network, ...rest] = name.split('.') as [keyof typeof networks, ...string[]];
    const tensor = rest.join('.');
    const graph = new Graph();
    const weights = new Weights(graph, networks[network], engine.target, changes[network]);
    const shape = tensors.shape(name);
    graph.output('folded', weights.tensor(tensor, shape, { module: tensor.replace(/\.weight$/, '') }), shape);
    const wanted = { key: `${file.path} ${name}`, network: 'folded weight', source: folder, bytes: 0 };
    const session = await engine.sessions.get({ ...wanted, build: () => graph.toModel() });
    const { folded } = await session.run({});
    report.compare(name, folded!.data, tensors.values(name), TOLERANCES.network);
  }
}
