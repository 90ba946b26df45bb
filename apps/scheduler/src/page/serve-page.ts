/** The dashboard's built files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Store } from '@atelier/store';
import type { NextFunction, Request, Response } from 'express';
import { documentOf, picturesAhead, type KnownAhead } from './document.js';

type Reads = Pick<Store, 'events' | 'results'>;

/** First segments of paths that are no page: they answer for themselves, also when they answer with 404. */
const notPages = new Set(['api', 'v1', 'sdapi', 'metrics', 'healthz', 'readyz', 'assets']);

const patienceMs = 1000;

/**
 * Serves the files of `folder` at `/`. Every other path that could be a page answers with index.html, because the page
 * finds its own way. Files under `/assets` have their hash in the name and never change. False if nothing was built there.
 */
export function servePage(app: NestExpressApplication, folder: string, { events, results }: Reads): boolean {
  const index = join(folder, 'index.html');
  if (!existsSync(index)) return false;
  app.use('/assets', compressed(join(folder, 'assets')));
  app.useStaticAssets(join(folder, 'assets'), { prefix: '/assets', immutable: true, maxAge: '1y', index: false });
  app.useStaticAssets(folder, {
    index: false,
    setHeaders: (response) => response.setHeader('cache-control', 'no-cache'),
  });
  const knownAhead = async (view: 'farm' | 'other'): Promise<KnownAhead> => ({
    lastEvent: (await events.range()).last,
    newest: view === 'farm' ? (await results.latest({ size: picturesAhead })).items : [],
  });
  app.use(async (request: Request, response: Response, next: NextFunction) => {
    const [, first = ''] = request.path.split('/');
    if (request.method !== 'GET' || notPages.has(first)) return next();
    const view = first === '' ? 'farm' : 'other';
    response.setHeader('cache-control', 'no-store');
    // While the database is silent or gone the page still comes, and says what is wrong.
    const known = await Promise.race([knownAhead(view), setTimeout(patienceMs, null, { ref: false })]).catch(
      () => null,
    );
    response.type('html').send(documentOf(readFileSync(index, 'utf8'), view, known));
  });
  return true;
}

const mediaTypes: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css' };

/** Middleware before the files of `folder`: `NAME.br` in the place of `NAME`, where there is one and the browser takes it. */
export function compressed(folder: string) {
  const names = new Set(existsSync(folder) ? readdirSync(folder) : []);
  return (request: Request, response: Response, next: NextFunction): void => {
    const name = request.path.slice(1);
    if (names.has(`${name}.br`)) {
      response.vary('accept-encoding');
      if (request.acceptsEncodings('br')) {
        request.url = `/${name}.br`;
        response.setHeader('content-encoding', 'br');
        response.type(mediaTypes[extname(name)] ?? 'application/octet-stream');
      }
    }
    next();
  };
}
