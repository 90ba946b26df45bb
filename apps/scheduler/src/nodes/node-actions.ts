/** What an operator does with a node. */
import { AtelierError, type NodeChange, type NodeView } from '@atelier/contracts';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { Decisions } from '../operators/decisions.js';
import type { Acceptance } from './acceptance.js';
import type { NodeDirectory } from './directory.js';
import type { NodeViews } from './node-views.js';

export class NodeActions {
  constructor(
    private readonly directory: NodeDirectory,
    private readonly dispatcher: Dispatcher,
    private readonly acceptance: Acceptance,
    private readonly views: NodeViews,
    private readonly decisions: Pick<Decisions, 'changeNode'>,
  ) {}

  /**
   * The node starts nothing more; what runs is finished, or with `now` given back. Harmless on one that is drained; one
   * that drains may be told `now`. Throws `not_found`, `conflict`.
   */
  async drain(id: string, how: 'finish' | 'now' = 'finish'): Promise<NodeView> {
    const { state } = this.directory.get(id).row;
    if (state === 'joining' || state === 'quarantined' || state === 'off')
      throw new AtelierError('conflict', `Node ${id} is ${state}: only a node that serves or is away can be drained.`);
    if (state !== 'drained' && (state !== 'draining' || how === 'now')) {
      await this.directory.setState(id, 'draining', 'An operator drains it.');
      this.dispatcher.nodes.drain(id, how);
    }
    return this.views.get(id);
  }

  /** The node serves again, out of quarantine only when it has passed its test. Harmless on one that serves. Throws `not_found`. */
  async undrain(id: string): Promise<NodeView> {
    const { row, connected } = this.directory.get(id);
    if (['draining', 'drained', 'quarantined'].includes(row.state)) {
      const quarantined = row.state === 'quarantined';
      const away = 'It was away when its drain ended.';
      if (connected && quarantined && this.acceptance.canTest(id)) {
        this.dispatcher.nodes.hold(id);
        await this.acceptance.begin(id, 'An operator let it out of quarantine. It draws the acceptance picture.');
      } else {
        await this.directory.setState(id, connected ? 'ready' : 'offline', connected ? null : away);
        this.dispatcher.nodes.admit(id);
      }
      this.dispatcher.nodes.undrain(id);
    }
    return this.views.get(id);
  }

  /** Takes the node out until somebody undrains it: what runs is finished. Throws `not_found`, `conflict`. */
  async quarantine(id: string, why: string): Promise<NodeView> {
    const { state } = this.directory.get(id).row;
    if (state === 'joining' || state === 'off')
      throw new AtelierError('conflict', `Node ${id} is ${state}: only a node that is in the farm can be quarantined.`);
    await this.directory.setState(id, 'quarantined', why);
    this.dispatcher.nodes.drain(id);
    return this.views.get(id);
  }

  /** Sets some of the node's limits. Throws `not_found`. */
  async change(id: string, change: NodeChange): Promise<NodeView> {
    this.directory.get(id);
    await this.decisions.changeNode(id, change);
    return this.views.get(id);
  }

  /** Lets a node that serves draw the acceptance picture again. Throws `not_found`, `conflict`. */
  async test(id: string): Promise<NodeView> {
    const { state } = this.directory.get(id).row;
    if (state !== 'ready' || !this.acceptance.canTest(id))
      throw new AtelierError(
        'conflict',
        `Node ${id} is ${state}: only a node that serves and whose agent knows the acceptance test can be tested.`,
      );
    await this.acceptance.begin(id, 'An operator asked for it: it draws the acceptance picture.');
    return this.views.get(id);
  }
}
