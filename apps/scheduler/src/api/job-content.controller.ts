import { pageOf, ResultView, TaskView, type Page } from '@atelier/contracts';
import type { Store } from '@atelier/store';
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { FileStore } from '../artifacts/file-store.js';
import { writeArchive } from '../jobs/archive.js';
import { ContactSheets } from '../jobs/contact-sheets.js';
import { TaskReader } from '../jobs/tasks.js';
import { JobViews, resultView } from '../jobs/views.js';
import { positionsOf } from './positions.js';
import { PageQuery, TaskIndex, TasksQuery, toPageRequest } from './requests.js';
import { STORE } from './tokens.js';

const SheetQuery = z.object({
  x: z.string().optional().describe('The axis of the columns. Default the one that varies fastest.'),
  y: z.string().optional().describe('The axis of the rows. Default none where x is given, else the next one.'),
  at: z.string().max(2000).optional().describe('Positions of the other axes: `prompt:0,steps:2`.'),
  cell: z.coerce.number().int().min(32).max(1024).default(256).describe('Longest side of each picture, pixels.'),
});
type SheetQuery = z.infer<typeof SheetQuery>;

/** What is in a job: its tasks and its pictures. */
@ApiTags('jobs')
@Controller('api/v1/jobs/:id')
export class JobContentController {
  constructor(
    private readonly tasks: TaskReader,
    private readonly views: JobViews,
    private readonly files: FileStore,
    private readonly sheets: ContactSheets,
    @Inject(STORE) private readonly store: Store,
  ) {}

  @Get('tasks')
  @ApiOkResponse({ standardSchema: pageOf(TaskView) })
  listTasks(@Param('id') id: string, @Query({ schema: TasksQuery }) query: TasksQuery): Promise<Page<TaskView>> {
    return this.tasks.list(id, query.state, query.pageSize, query.pageToken);
  }

  @Get('tasks/:index')
  @ApiOkResponse({ standardSchema: TaskView })
  task(@Param('id') id: string, @Param('index', { schema: TaskIndex }) index: number): Promise<TaskView> {
    return this.tasks.get(id, index);
  }

  @Get('results')
  @ApiOkResponse({ standardSchema: pageOf(ResultView) })
  async results(@Param('id') id: string, @Query({ schema: PageQuery }) query: PageQuery): Promise<Page<ResultView>> {
    await this.views.job(id);
    const { items, nextPageToken } = await this.store.results.ofJob(id, toPageRequest(query));
    return { items: items.map(resultView), nextPageToken };
  }

  @Get('archive')
  @ApiProduces('application/zip')
  @ApiOkResponse({ description: "The job's pictures as far as there are any, stored under their file names." })
  async archive(@Param('id') id: string, @Res() response: Response): Promise<void> {
    const { name } = await this.views.job(id);
    response.setHeader('cache-control', 'no-store');
    response.attachment(`${name.replaceAll(/[^\p{L}\p{N} ._-]/gu, '_')}.zip`).type('application/zip');
    await writeArchive(id, this.store.results, this.files, this.sheets, response).catch(() => response.destroy());
  }

  @Get('sheet')
  @ApiProduces('image/png')
  @ApiOkResponse({
    description: "The job's pictures along two of its axes in one, with labels, as far as there are any.",
  })
  async sheet(
    @Param('id') id: string,
    @Query({ schema: SheetQuery }) { x, y, at, cell }: SheetQuery,
    @Res() response: Response,
  ): Promise<void> {
    const sheet = await this.sheets.draw(id, { x, y, at: positionsOf(at), cell });
    response.setHeader('cache-control', 'no-store');
    response.type('image/png').send(sheet);
  }
}
