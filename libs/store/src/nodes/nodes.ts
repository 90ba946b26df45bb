import { AtelierError, type NodeState } from '@atelier/contracts';
import type { Database } from '../database/database.js';
import { cleanJson, cleanText } from '../dispatch/columns.js';
import type { Node as NodeRow } from '../generated/prisma/client.js';
import type { FarmNode, Nodes } from './types.js';

const COLUMNS = `id, name, state, reason, address, inventory, test, certificate_serial AS "certificateSerial",
  engine_build AS "engineBuild", joined_at AS "joinedAt", last_seen_at AS "lastSeenAt"`;

const columnOf: Record<keyof Parameters<Nodes['update']>[1], string> = {
  name: 'name',
  state: 'state',
  reason: 'reason',
  address: 'address',
  inventory: 'inventory',
  test: 'test',
  certificateSerial: 'certificate_serial',
  engineBuild: 'engine_build',
};

export function createNodes(database: Database): Nodes {
  return {
    join: ({ id, name, certificateSerial }) =>
      database.transaction(async (transaction) => {
        const [node] = await transaction.query<FarmNode>(
          `INSERT INTO nodes (id, name, state, certificate_serial) VALUES ($1, $2, 'joining', $3) RETURNING ${COLUMNS}`,
          [id, cleanText(name), certificateSerial],
        );
        transaction.log({ type: 'node.changed', nodeId: id, data: { state: 'joining' } });
        return node!;
      }),
    update: (id, change) =>
      database.transaction(async (transaction) => {
        const fields = Object.entries(change).filter(([, value]) => value !== undefined);
        const assignments = fields.map(([field], i) => `, ${columnOf[field as keyof typeof columnOf]} = $${i + 2}`);
        const [node] = await transaction.query<FarmNode>(
          `UPDATE nodes SET last_seen_at = now()${assignments.join('')} WHERE id = $1 RETURNING ${COLUMNS}`,
          [id, ...fields.map(([, value]) => toColumn(value))],
        );
        if (!node) throw new AtelierError('not_found', `There is no node ${id}.`);
        transaction.log({ type: 'node.changed', nodeId: id, data: { state: node.state, reason: node.reason } });
        return node;
      }),
    seen: async (ids) => {
      await database.query('UPDATE nodes SET last_seen_at = now() WHERE id = ANY ($1)', [ids]);
    },
    get: async (id) => {
      const row = await database.prisma.node.findUnique({ where: { id } });
      return row && toNode(row);
    },
    list: async () => (await database.prisma.node.findMany({ orderBy: [{ name: 'asc' }, { id: 'asc' }] })).map(toNode),
  };
}

function toColumn(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  return value === null ? null : cleanJson(value);
}

function toNode({ state, inventory, test, ...row }: NodeRow): FarmNode {
  return {
    ...row,
    state: state as NodeState,
    inventory: inventory as FarmNode['inventory'],
    test: test as FarmNode['test'],
  };
}
