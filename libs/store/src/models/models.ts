import type { Database } from '../database/database.js';
import type { Model as ModelRow } from '../generated/prisma/client.js';
import type { Model, Models } from './types.js';

export function createModels({ prisma }: Database): Models {
  return {
    replace: async (models) => {
      const data = models.map(({ kind, name, sha256, architecture, bytes, path, defaultWidth, defaultHeight, description }) => ({
        kind, name, sha256, architecture, bytes, path, defaultWidth, defaultHeight, description,
      }));
      await prisma.$transaction([prisma.model.deleteMany(), prisma.model.createMany({ data })]);
    },
    list: async () => (await prisma.model.findMany({ orderBy: [{ kind: 'asc' }, { name: 'asc' }] })).map(toModel),
    find: async (kind, nameOrSha256) => {
      const row =
        (await prisma.model.findUnique({ where: { kind_name: { kind, name: nameOrSha256 } } })) ??
        (await prisma.model.findFirst({ where: { kind, sha256: nameOrSha256 }, orderBy: { name: 'asc' } }));
      return row && toModel(row);
    },
  };
}

function toModel({ kind, bytes, ...row }: ModelRow): Model {
  return { ...row, kind: kind as Model['kind'], bytes: Number(bytes) };
}
