/** The HTTP server: REST, events, metrics and the page. */
import 'reflect-metadata';
import { AtelierError } from '@atelier/contracts';
import { Module, StandardSchemaValidationPipe, type DynamicModule, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Store } from '@atelier/store';
import { text, type Request, type Response } from 'express';
import { hostGuard } from '../http/host-guard.js';
import { securityHeaders } from '../http/security-headers.js';
import { authority, ownHosts, type CompleteOptions } from '../options.js';
import { servePage } from '../page/serve-page.js';
import { ArtifactsController } from './artifacts.controller.js';
import { ChassisController } from './chassis.controller.js';
import { FarmController } from './farm.controller.js';
import { GalleryController } from './gallery.controller.js';
import { HealthController } from './health.controller.js';
import { JobContentController } from './job-content.controller.js';
import { JobInsightController } from './job-insight.controller.js';
import { JobsBulkController } from './jobs-bulk.controller.js';
import { JobsController } from './jobs.controller.js';
import { nestLogger } from './nest-logger.js';
import { NodesController } from './nodes.controller.js';
import { openApiDocument } from './openapi.js';
import { ProblemFilter } from './problem-filter.js';
import { invalid, maximumTextBytes, textMediaTypes } from './requests.js';
import { STORE } from './tokens.js';
import { WatchController } from './watch.controller.js';

@Module({})
class ApiModule {
  /** Controllers over parts that were made outside. */
  static over(providers: Provider[]): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        JobContentController,
        JobInsightController,
        JobsBulkController,
        JobsController,
        GalleryController,
        WatchController,
        ArtifactsController,
        NodesController,
        ChassisController,
        FarmController,
        HealthController,
      ],
      providers,
    };
  }
}

export interface ApiServer {
  /** `http://host:port`. */
  url: string;
  close(): Promise<void>;
}

/** Serves. Throws `conflict` where the port is taken. */
export async function serveApi(options: CompleteOptions, providers: Provider[]): Promise<ApiServer> {
  const { host, logger, pageFolder } = options;
  const app = await NestFactory.create<NestExpressApplication>(ApiModule.over(providers), {
    bodyParser: false,
    logger: nestLogger(logger),
    forceCloseConnections: true,
    abortOnError: false,
  });
  app.disable('x-powered-by');
  app.use(securityHeaders);
  // The port is known when the server listens, before the first request.
  const hosts = new Set<string>();
  app.use(hostGuard(hosts));
  app.use(withText, text({ type: textMediaTypes, limit: maximumTextBytes }));
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: invalid }));
  app.useGlobalFilters(new ProblemFilter(logger));
  const document = JSON.stringify(openApiDocument(app));
  app.use('/api/openapi.json', (_request: Request, response: Response) => response.type('json').send(document));
  if (!servePage(app, pageFolder, app.get<Store>(STORE)))
    logger.warn({ pageFolder }, 'The page is not built: npm run build makes it.');

  const port = await listen(app, options);
  for (const own of ownHosts(options, port)) hosts.add(own);
  return { url: `http://${authority(host, port)}`, close: () => app.close() };
}

/** Paths that take a body of text; a verb after a colon is no part of what the path of a collection matches. */
const withText = [
  '/api/v1/nodes',
  '/api/v1/chassis',
  '/api/v1/jobs',
  '/api/v1/estimates',
  '/api/v1/projects',
  /^\/api\/v1\/(jobs|gallery):\w+$/,
];

async function listen(app: NestExpressApplication, { host, port }: CompleteOptions): Promise<number> {
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    const why =
      (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'another program has it' : (error as Error).message;
    throw new AtelierError('conflict', `The page cannot be served on ${authority(host, port)}: ${why}.`);
  }
  return Number(new URL(await app.getUrl()).port);
}
