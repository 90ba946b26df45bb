import {
  DeletedPictures,
  GalleryCount,
  GalleryWindow,
  MarkedPictures,
  MarkPictures,
  PictureKeys,
  PictureQuery,
  TagView,
} from '@atelier/contracts';
import { Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { GalleryDesk } from '../gallery/gallery-desk.js';
import { jsonBody } from './requests.js';

const WindowQuery = PictureQuery.extend({
  offset: z.coerce.number().int().min(0).max(100_000_000).default(0),
  size: z.coerce.number().int().min(1).max(1000).default(100),
});
type WindowQuery = z.infer<typeof WindowQuery>;

const ArchiveQuery = PictureQuery.extend({
  pictures: z.string().max(8000).optional().describe('Instead of a search: `JOB:0-4.9,JOB:3`.'),
});
type ArchiveQuery = z.infer<typeof ArchiveQuery>;

/** The pictures of the whole farm, newest first. */
@ApiTags('gallery')
@Controller('api/v1')
export class GalleryController {
  constructor(private readonly desk: GalleryDesk) {}

  @Get('gallery')
  @ApiOkResponse({ standardSchema: GalleryWindow, description: 'Some of what a search finds, by position.' })
  async window(@Query({ schema: WindowQuery }) { offset, size, ...query }: WindowQuery): Promise<GalleryWindow> {
    return { offset, items: await this.desk.window(query, offset, size) };
  }

  @Get('gallery/count')
  @ApiOkResponse({ standardSchema: GalleryCount })
  async count(@Query({ schema: PictureQuery }) query: PictureQuery): Promise<GalleryCount> {
    const at = query.to ?? new Date().toISOString();
    return { at, count: await this.desk.count({ ...query, to: at }) };
  }

  @Get('gallery/tags')
  @ApiOkResponse({ standardSchema: z.object({ items: z.array(TagView) }) })
  async tags(): Promise<{ items: TagView[] }> {
    return { items: await this.desk.tags() };
  }

  @Post('gallery\\:mark')
  @HttpCode(200)
  @ApiConsumes('application/json')
  @ApiOkResponse({ standardSchema: MarkedPictures, description: 'Stars and tags.' })
  async mark(@Req() request: Request): Promise<z.infer<typeof MarkedPictures>> {
    const { pictures, starred, addTags, removeTags } = jsonBody(request, MarkPictures);
    const change = {
      ...(starred !== undefined && { starred }),
      ...(addTags && { addTags }),
      ...(removeTags && { removeTags }),
    };
    return { pictures: await this.desk.mark(pictures, change) };
  }

  @Post('gallery\\:delete')
  @HttpCode(200)
  @ApiConsumes('application/json')
  @ApiOkResponse({ standardSchema: DeletedPictures, description: 'A tombstone stays: the task is not drawn again.' })
  remove(@Req() request: Request): Promise<z.infer<typeof DeletedPictures>> {
    return this.desk.remove(jsonBody(request, PictureKeys).pictures);
  }

  @Post('gallery\\:restore')
  @HttpCode(200)
  @ApiConsumes('application/json')
  @ApiOkResponse({ standardSchema: MarkedPictures, description: 'Undoes a deletion.' })
  async restore(@Req() request: Request): Promise<z.infer<typeof MarkedPictures>> {
    return { pictures: await this.desk.restore(jsonBody(request, PictureKeys).pictures) };
  }

  @Get('gallery/archive')
  @ApiProduces('application/zip')
  @ApiOkResponse({ description: 'Chosen pictures, or all that a search finds, in a folder per job.' })
  async archive(
    @Query({ schema: ArchiveQuery }) { pictures, ...query }: ArchiveQuery,
    @Res() response: Response,
  ): Promise<void> {
    const pages = pictures === undefined ? await this.desk.found(query) : [await this.desk.chosen(pictures)];
    response.setHeader('cache-control', 'no-store');
    response.attachment('pictures.zip').type('application/zip');
    await this.desk.writeZip(pages, response).catch(() => response.destroy());
  }
}
