import type { NodeChange, NodeVerb } from '../client/client.js';
import { connect, type CommonOptions } from '../client/connect.js';
import type { Define } from './list.js';

/** A command that changes a node and says in one line what it is now. */
export function nodeVerb(verb: NodeVerb, withOptions: Define = () => {}): Define {
  return (command) => {
    withOptions(command);
    command.argument('<id>', 'id of a node').action(async (id: string, options: CommonOptions & NodeChange) => {
      const { client, output } = connect(options);
      const node = await client.changeNode(id, verb, options);
      output.answer(node, () => `${node.name} (${node.id}) is ${node.state}${node.reason ? `: ${node.reason}` : ''}`);
    });
  };
}
