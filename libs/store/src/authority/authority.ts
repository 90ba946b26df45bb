import type { Database } from '../database/database.js';
import type { Authorities } from './types.js';

export function createAuthorities({ prisma }: Database): Authorities {
  const get = () => prisma.authority.findUnique({ where: { id: 1 }, select: { certificate: true, wrappedKey: true } });
  return {
    get,
    create: async ({ certificate, wrappedKey }) => {
      await prisma.authority.createMany({ data: { id: 1, certificate, wrappedKey }, skipDuplicates: true });
      return (await get())!;
    },
  };
}
