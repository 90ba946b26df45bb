/** The dashboard's built files. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';

/** First segments of paths that are no page: they answer for themselves, also when they answer with 404. */
const notPages = new Set(['api', 'v1', 'sdapi', 'metrics', 'healthz', 'readyz', 'assets']);

/**
 * Serves the files of `folder` at `/`. Every other path that could be a page answers with index.html, because the page
 * finds its own way. Files under `/assets` have their hash in the name and never change. False if nothing was built there.
 */
export function servePage(app: NestExpressApplication, folder: string): boolean {
  const index = join(folder, 'index.html');
  if (!existsSync(index)) return false;
  app.useStaticAssets(join(folder, 'assets'), { prefix: '/assets', immutable: true, maxAge: '1y', index: false });
  app.useStaticAssets(folder, {
    index: false,
    setHeaders: (response) => response.setHeader('cache-control', 'no-cache'),
  });
  app.use((request: Request, response: Response, next: NextFunction) => {
    const [, first = ''] = request.path.split('/');
    if (request.method !== 'GET' || notPages.has(first)) return next();
    response.setHeader('cache-control', 'no-cache');
    // By its folder: the files may lie in a hidden one.
    response.sendFile('index.html', { root: folder });
  });
  return true;
}
