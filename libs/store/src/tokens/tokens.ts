import type { Database } from '../database/database.js';
import type { Tokens } from './types.js';

export function createTokens({ prisma }: Database): Tokens {
  return {
    create: async ({ id, secretHash, usesLeft, expiresAt }) => {
      await prisma.joinToken.create({ data: { id, secretHash, usesLeft, expiresAt } });
    },
    get: (id) => prisma.joinToken.findUnique({ where: { id } }),
    use: async (id) => {
      const { count } = await prisma.joinToken.updateMany({
        where: { id, usesLeft: { gt: 0 }, expiresAt: { gt: new Date() } },
        data: { usesLeft: { decrement: 1 } },
      });
      return count > 0;
    },
  };
}
