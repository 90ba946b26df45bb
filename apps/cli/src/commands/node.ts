import type { NodeChange, NodeView, SlotView } from '@atelier/contracts/rest';
import { connect, type CommonOptions } from '../client/connect.js';
import { wholeNumber } from '../options.js';
import { ago, bytes, plural } from '../output/format.js';
import type { Define } from './list.js';

interface Options extends CommonOptions {
  tags?: string;
  chassis?: string;
  watts?: string;
  maximumCelsius?: string;
  hours?: string;
  pause?: boolean;
  resume?: boolean;
}

export const define: Define = (command) =>
  command
    .argument('<id>', 'id of a node')
    .option('--tags <tags>', 'words that batches may ask for, with commas between; none takes them away')
    .option('--chassis <name>', 'the enclosure that it stands in; none: as its agent says')
    .option('--watts <watts>', 'most that it draws; none: 750')
    .option('--maximum-celsius <degrees>', 'begin nothing on what is hotter; none lifts it')
    .option('--hours <from-to>', 'begin nothing at other hours, such as 20:00-07:30; none lifts it')
    .option('--pause', 'begin nothing; what is loaded stays loaded')
    .option('--resume', 'begin again')
    .action(async (id: string, options: Options) => {
      const { client, output } = connect(options);
      const change = changeOf(options);
      const node = Object.keys(change).length > 0 ? await client.setLimits(id, change) : await client.node(id);
      output.answer(node, () => nodeText(node));
    });

function changeOf({ tags, chassis, watts, maximumCelsius, hours, pause, resume }: Options): NodeChange {
  const text = (given: string) => (given === 'none' ? null : given);
  const number = (option: string, given: string) => (given === 'none' ? null : wholeNumber(option, given, 1));
  return {
    ...(tags !== undefined && { tags: tags === 'none' ? [] : tags.split(',').map((tag) => tag.trim()) }),
    ...(chassis !== undefined && { chassis: text(chassis) }),
    ...(watts !== undefined && { watts: number('--watts', watts) }),
    ...(maximumCelsius !== undefined && { maximumCelsius: number('--maximum-celsius', maximumCelsius) }),
    ...(hours !== undefined && { hours: text(hours) }),
    ...((pause || resume) && { paused: pause === true }),
  };
}

function limitLines({ tags, chassis, watts, maximumCelsius, hours, paused }: NodeView['limits']): string[] {
  return [
    ...(paused ? ['limits     paused'] : []),
    ...(tags.length > 0 ? [`tags       ${tags.join(', ')}`] : []),
    ...(chassis === null ? [] : [`chassis    ${chassis}`]),
    ...(watts === null ? [] : [`draws      at most ${watts} W`]),
    ...(maximumCelsius === null ? [] : [`begins     up to ${maximumCelsius} °C`]),
    ...(hours === null ? [] : [`serves     ${hours}`]),
  ];
}

function nodeText(node: NodeView): string {
  return [
    `${node.name} (${node.id})`,
    `state      ${node.state}${node.reason ? `: ${node.reason}` : ''}`,
    `address    ${node.address || 'none: its agent dials out'}`,
    `machine    ${node.cpu}, ${bytes(node.memoryBytes)}, ${node.os}`,
    `engine     ${node.engineBuild}`,
    `joined     ${ago(node.joinedAt)}${node.lastSeenAt ? `, seen ${ago(node.lastSeenAt)}` : ''}`,
    ...(node.test ? [`test       ${node.test.outcome} ${ago(node.test.at)}: ${node.test.message}`] : []),
    `made       ${plural(node.picturesLastHour, 'picture')} in the last hour`,
    ...limitLines(node.limits),
    ...node.slots.flatMap(slotLines),
  ].join('\n');
}

function slotLines(slot: SlotView): string[] {
  const memory = slot.memoryUsedBytes === null ? '' : `${bytes(slot.memoryUsedBytes)} of `;
  return [
    `slot       ${slot.device} (${slot.provider}: ${slot.reason}), ${memory}${bytes(slot.memoryBytes)}`,
    `           ${slot.state}${slot.waitingFor ? ` (${slot.waitingFor})` : ''}${slot.checkpoint ? `, holds ${slot.checkpoint}` : ''}`,
    ...slot.progress.map(
      ({ jobId, index, stage, step, steps }) => `           job ${jobId}, task ${index}: ${stage} ${step}/${steps}`,
    ),
  ];
}
