/** Whether the farm could ever run a batch, asked before it is stored. */
import type { Expansion, RenderClass } from '@atelier/batch';
import { AtelierError } from '@atelier/contracts';
import { wordsOf, type Requirements } from '@atelier/scheduling';
import type { KnownNode, NodeDirectory } from '../nodes/directory.js';
import type { MemoryNeeds } from './memory-needs.js';

export class Feasibility {
  constructor(
    private readonly directory: Pick<NodeDirectory, 'all' | 'eligible' | 'find'>,
    private readonly memory: Pick<MemoryNeeds, 'lackOf'>,
  ) {}

  /** Throws `no_capable_node` when no known node, present or away, could run some of the tasks. A farm without nodes takes everything. */
  async require(expansion: Expansion, requires: Requirements): Promise<void> {
    const { directory } = this;
    const nodes = directory.all.filter(({ inventory }) => inventory !== null);
    if (nodes.length === 0) return;
    for (const renderClass of expansion.classes) {
      const able = directory.eligible(renderClass, requires);
      if (able.length === 0)
        throw new AtelierError(
          'no_capable_node',
          directory.eligible(renderClass).length === 0 ? sentence(renderClass, nodes) : unmet(requires),
        );
      const devices = able.flatMap((nodeId) => directory.find(nodeId)?.inventory?.devices ?? []);
      const lack = await this.memory.lackOf(expansion.request(renderClass.at(0)), devices);
      if (lack !== null) throw new AtelierError('no_capable_node', lack);
    }
  }
}

const unmet = (requires: Requirements) =>
  `No node of the farm that could render it has what the batch requires: ${wordsOf(requires)}.`;

function sentence({ models, features }: RenderClass, nodes: readonly KnownNode[]): string {
  const feature = features.find((name) => !nodes.some(({ abilities }) => abilities.features.has(name)));
  if (feature) return `No node of the farm has an engine with "${feature}", which the batch needs.`;
  const model = models.find(({ sha256 }) => !nodes.some(({ abilities }) => abilities.models.has(sha256)));
  if (model)
    return `No node of the farm has ${model.name} (${model.sha256.slice(0, 12)}): put it into a folder of ATELIER_MODELS on a node.`;
  const names = models.map(({ name }) => name).join(', ');
  return `No node of the farm has all that the batch needs together: ${[names, ...features].filter(Boolean).join(', ')}.`;
}
