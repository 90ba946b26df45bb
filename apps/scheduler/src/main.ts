/** The scheduler as a process of its own, told everything by its environment. `atelier scheduler` is the same with options. */
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { AtelierError } from '@atelier/contracts';
import { createLogger } from '@atelier/telemetry';
import { z } from 'zod';
import { startScheduler } from './index.js';

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

const Environment = z.object({
  ATELIER_HOME: z.string().default(join(homedir(), '.atelier')),
  ATELIER_DATABASE_URL: z.string().optional(),
  ATELIER_NATS_URL: z.string().optional(),
  ATELIER_MODELS: z.string().default('models'),
  ATELIER_HOST: z.string().default('127.0.0.1').describe('Address to listen on.'),
  ATELIER_PORT: port(7860).describe('Port of the page and the API.'),
  ATELIER_GRPC_PORT: port(7861).describe('Port that agents join on.'),
});

const environment = Environment.parse(process.env);
const { ATELIER_DATABASE_URL: databaseUrl, ATELIER_NATS_URL: natsUrl } = environment;
const logger = createLogger({ name: 'scheduler' });
try {
  const scheduler = await startScheduler({
    dataDir: join(environment.ATELIER_HOME, 'farm'),
    ...(databaseUrl && { databaseUrl }),
    ...(natsUrl && { natsUrl }),
    host: environment.ATELIER_HOST,
    port: environment.ATELIER_PORT,
    grpcPort: environment.ATELIER_GRPC_PORT,
    modelFolders: environment.ATELIER_MODELS.split(delimiter),
    logger,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void scheduler.close().finally(() => process.exit(0)));
} catch (error) {
  if (!(error instanceof AtelierError)) throw error;
  logger.fatal(error.message);
  process.exit(error.code === 'unavailable' ? 1 : 2);
}
