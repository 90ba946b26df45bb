import type { Database } from '../database/database.js';
import type { Prisma, Share } from '../generated/prisma/client.js';
import type { Scheduling, StoredShare } from './types.js';

export function createScheduling({ prisma }: Database): Scheduling {
  return {
    predictions: () => prisma.prediction.findMany({ select: { costKey: true, slotType: true, samples: true } }),
    savePredictions: async (predictions) => {
      await prisma.$transaction(
        predictions.map(({ costKey, slotType, samples: value }) => {
          const samples = value as Prisma.InputJsonValue;
          return prisma.prediction.upsert({
            where: { costKey_slotType: { costKey, slotType } },
            create: { costKey, slotType, samples },
            update: { samples, updatedAt: new Date() },
          });
        }),
      );
    },
    shares: async () =>
      (await prisma.share.findMany({ orderBy: [{ project: 'asc' }, { userName: 'asc' }] })).map(toShare),
    share: async (project, userName) => {
      const row = await prisma.share.findUnique({ where: { project_userName: { project, userName } } });
      return row && toShare(row);
    },
    setShare: async ({ project, userName, ...terms }) =>
      toShare(
        await prisma.share.upsert({
          where: { project_userName: { project, userName } },
          create: { project, userName, ...terms },
          update: terms,
        }),
      ),
    addUse: async (uses) => {
      await prisma.$transaction(
        uses.map(({ project, userName, seconds }) =>
          prisma.share.upsert({
            where: { project_userName: { project, userName } },
            create: { project, userName, usedSeconds: seconds },
            update: { usedSeconds: { increment: seconds } },
          }),
        ),
      );
    },
  };
}

const toShare = ({ safety, ...row }: Share): StoredShare => ({ ...row, safety: safety as StoredShare['safety'] });
