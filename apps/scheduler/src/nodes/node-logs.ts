/** What the agent of a node wrote lately, asked of it over its session's connection. */
import { AtelierError, type NodeLogView } from '@atelier/contracts';
import type { NodeDirectory } from './directory.js';
import type { Sessions } from './sessions.js';

/** Levels of pino, by number. */
const levels: Readonly<Record<number, NodeLogView['level']>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

export class NodeLogs {
  constructor(
    private readonly directory: NodeDirectory,
    private readonly sessions: Pick<Sessions, 'readLogs'>,
  ) {}

  /** At most `lines`, the latest, the oldest first. Throws `not_found`, or `unavailable` while the node is away or too old to tell. */
  async read(nodeId: string, lines: number): Promise<NodeLogView[]> {
    const { row } = this.directory.get(nodeId);
    const found = await this.sessions.readLogs(nodeId, lines);
    if (!found)
      throw new AtelierError('unavailable', `Node ${row.name} is ${row.state}: its log can be read when it is here.`);
    return found.map(logView);
  }
}

/** A line as pino wrote it; what is none is told as it is. */
export function logView(line: string): NodeLogView {
  try {
    const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
    delete fields.name;
    delete fields.pid;
    const at = typeof time === 'string' && !Number.isNaN(Date.parse(time)) ? new Date(time).toISOString() : null;
    return { at, level: levels[Number(level)] ?? 'info', message: typeof msg === 'string' ? msg : '', fields };
  } catch {
    return { at: null, level: 'info', message: line, fields: {} };
  }
}
