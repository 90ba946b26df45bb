/** What an operator does with a node. */
import { AtelierError, type NodeView } from '@atelier/contracts';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { NodeDirectory } from './directory.js';
import type { NodeViews } from './node-views.js';

export class NodeActions {
  constructor(
    private readonly directory: NodeDirectory,
    private readonly dispatcher: Dispatcher,
    private readonly views: NodeViews,
  ) {}

  /** The node finishes what runs and starts nothing more. Harmless on one that drains or is drained. Throws `not_found`, `conflict`. */
  async drain(id: string): Promise<NodeView> {
    const { state } = this.directory.get(id).row;
    if (state === 'joining' || state === 'quarantined' || state === 'off')
      throw new AtelierError('conflict', `Node ${id} is ${state}: only a node that serves or is away can be drained.`);
    if (state !== 'draining' && state !== 'drained') {
      await this.directory.setState(id, 'draining', 'An operator drains it.');
      this.dispatcher.nodes.drain(id);
    }
    return this.views.get(id);
  }

  /** The node serves again. Harmless on one that is not drained. Throws `not_found`. */
  async undrain(id: string): Promise<NodeView> {
    const { row, connected } = this.directory.get(id);
    if (row.state === 'draining' || row.state === 'drained') {
      const away = 'It was away when its drain ended.';
      await this.directory.setState(id, connected ? 'ready' : 'offline', connected ? null : away);
      this.dispatcher.nodes.undrain(id);
    }
    return this.views.get(id);
  }
}
