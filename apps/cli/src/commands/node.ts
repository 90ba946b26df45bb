import type { NodeView, SlotView } from '@atelier/contracts/rest';
import { connect, type CommonOptions } from '../client/connect.js';
import { ago, bytes, plural } from '../output/format.js';
import type { Define } from './list.js';

export const define: Define = (command) =>
  command.argument('<id>', 'id of a node').action(async (id: string, options: CommonOptions) => {
    const { client, output } = connect(options);
    const node = await client.node(id);
    output.answer(node, () => nodeText(node));
  });

function nodeText(node: NodeView): string {
  return [
    `${node.name} (${node.id})`,
    `state      ${node.state}${node.reason ? `: ${node.reason}` : ''}`,
    `address    ${node.address}`,
    `machine    ${node.cpu}, ${bytes(node.memoryBytes)}, ${node.os}`,
    `engine     ${node.engineBuild}`,
    `joined     ${ago(node.joinedAt)}${node.lastSeenAt ? `, seen ${ago(node.lastSeenAt)}` : ''}`,
    ...(node.test ? [`test       ${node.test.outcome} ${ago(node.test.at)}: ${node.test.message}`] : []),
    `made       ${plural(node.picturesLastHour, 'picture')} in the last hour`,
    ...node.slots.flatMap(slotLines),
  ].join('\n');
}

function slotLines(slot: SlotView): string[] {
  const memory = slot.memoryUsedBytes === null ? '' : `${bytes(slot.memoryUsedBytes)} of `;
  return [
    `slot       ${slot.device} (${slot.provider}: ${slot.reason}), ${memory}${bytes(slot.memoryBytes)}`,
    `           ${slot.state}${slot.checkpoint ? `, holds ${slot.checkpoint}` : ''}`,
    ...slot.progress.map(
      ({ jobId, index, stage, step, steps }) => `           job ${jobId}, task ${index}: ${stage} ${step}/${steps}`,
    ),
  ];
}
