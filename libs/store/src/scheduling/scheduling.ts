import type { Database } from '../database/database.js';
import type { Prisma } from '../generated/prisma/client.js';
import type { Scheduling } from './types.js';

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
    shares: () => prisma.share.findMany({ orderBy: [{ project: 'asc' }, { userName: 'asc' }] }),
    setShare: ({ project, userName, ...terms }) =>
      prisma.share.upsert({
        where: { project_userName: { project, userName } },
        create: { project, userName, ...terms },
        update: terms,
      }),
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
