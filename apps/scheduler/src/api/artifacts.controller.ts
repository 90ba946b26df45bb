import { AssetView, AtelierError, pageOf, ResultView, type Page } from '@atelier/contracts';
import type { Artifact, Store } from '@atelier/store';
import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiCreatedResponse, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { Assets } from '../artifacts/assets.js';
import { cannyMap } from '../artifacts/control-maps.js';
import { FileStore } from '../artifacts/file-store.js';
import { Thumbnails } from '../artifacts/thumbnails.js';
import { resultView } from '../jobs/views.js';
import { PageQuery, Sha256, toPageRequest } from './requests.js';
import { STORE } from './tokens.js';

const ArtifactView = z.object({
  sha256: z.string(),
  kind: z.enum(['result', 'asset']),
  bytes: z.int(),
  mediaType: z.string(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  createdAt: z.iso.datetime(),
});
type ArtifactView = z.infer<typeof ArtifactView>;

const gradient = z.coerce.number().int().min(0).max(1000);
const CannyQuery = z.object({
  low: gradient.default(100).describe('Gradient from which an edge goes on.'),
  high: gradient.default(200).describe('Gradient from which an edge begins.'),
});
type CannyQuery = z.infer<typeof CannyQuery>;

/** A name that is a hash never comes to mean another content. */
const forEver = 'public, max-age=31536000, immutable';

@ApiTags('files')
@Controller('api/v1')
export class ArtifactsController {
  constructor(
    private readonly assets: Assets,
    private readonly files: FileStore,
    private readonly thumbnails: Thumbnails,
    @Inject(STORE) private readonly store: Store,
  ) {}

  @Post('assets')
  @ApiConsumes(
    'text/plain',
    'text/csv',
    'text/tab-separated-values',
    'application/jsonl',
    'image/png',
    'image/jpeg',
    'image/webp',
  )
  @ApiCreatedResponse({ standardSchema: AssetView })
  add(@Req() request: Request): Promise<AssetView> {
    return this.assets.add(request, request.headers['content-type']);
  }

  @Get('results')
  @ApiOkResponse({ standardSchema: pageOf(ResultView), description: 'The pictures of the farm, newest first.' })
  async latest(@Query({ schema: PageQuery }) query: PageQuery): Promise<Page<ResultView>> {
    const { items, nextPageToken } = await this.store.results.latest(toPageRequest(query));
    return { items: items.map(resultView), nextPageToken };
  }

  @Get('artifacts/:sha256')
  @ApiOkResponse({ standardSchema: ArtifactView })
  async get(@Param('sha256', { schema: Sha256 }) sha256: string): Promise<ArtifactView> {
    const { kind, bytes, mediaType, width, height, createdAt } = await this.find(sha256);
    return { sha256, kind, bytes, mediaType, width, height, createdAt: createdAt.toISOString() };
  }

  @Get('artifacts/:sha256/content')
  async content(@Param('sha256', { schema: Sha256 }) sha256: string, @Res() response: Response): Promise<void> {
    const { mediaType } = await this.findShown(sha256);
    send(response, this.files.pathOf(sha256), mediaType);
  }

  @Get('artifacts/:sha256/thumbnail')
  async thumbnail(@Param('sha256', { schema: Sha256 }) sha256: string, @Res() response: Response): Promise<void> {
    const { mediaType } = await this.findShown(sha256);
    if (!mediaType.startsWith('image/'))
      throw new AtelierError(
        'unsupported_media',
        `The file ${sha256} is ${mediaType}: only pictures have a thumbnail.`,
      );
    send(response, await this.thumbnails.pathOf(sha256), 'image/webp');
  }

  @Get('artifacts/:sha256/canny')
  @ApiProduces('image/png')
  @ApiOkResponse({ description: 'The edges that `preprocess: canny` makes of a picture, to look at beforehand.' })
  async canny(
    @Param('sha256', { schema: Sha256 }) sha256: string,
    @Query({ schema: CannyQuery }) { low, high }: CannyQuery,
    @Res() response: Response,
  ): Promise<void> {
    await this.findShown(sha256);
    const map = await cannyMap(this.files.pathOf(sha256), low, high);
    response.setHeader('content-type', 'image/png').setHeader('cache-control', forEver).send(map);
  }

  private async findShown(sha256: string): Promise<Artifact> {
    const artifact = await this.find(sha256);
    if (artifact.withheld)
      throw new AtelierError('content_withheld', `The picture ${sha256} is withheld: the safety checker flagged it.`);
    return artifact;
  }

  private async find(sha256: string): Promise<Artifact> {
    const artifact = await this.store.artifacts.get(sha256);
    if (!artifact) throw new AtelierError('not_found', `There is no file ${sha256}.`);
    return artifact;
  }
}

function send(response: Response, path: string, mediaType: string): void {
  response.setHeader('content-type', mediaType);
  response.setHeader('cache-control', forEver);
  // By its folder: a data folder may lie in a hidden one.
  response.sendFile(basename(path), { root: dirname(path), cacheControl: false, dotfiles: 'allow' });
}
