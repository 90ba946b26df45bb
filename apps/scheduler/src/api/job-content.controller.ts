import { pageOf, ResultView, TaskView, type Page } from '@atelier/contracts';
import type { Store } from '@atelier/store';
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { FileStore } from '../artifacts/file-store.js';
import { writeArchive } from '../jobs/archive.js';
import { TaskReader } from '../jobs/tasks.js';
import { JobViews, resultView } from '../jobs/views.js';
import { PageQuery, TaskIndex, TasksQuery, toPageRequest } from './requests.js';
import { STORE } from './tokens.js';

/** What is in a job: its tasks and its pictures. */
@ApiTags('jobs')
@Controller('api/v1/jobs/:id')
export class JobContentController {
  constructor(
    private readonly tasks: TaskReader,
    private readonly views: JobViews,
    private readonly files: FileStore,
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
    await writeArchive(id, this.store.results, this.files, response).catch(() => response.destroy());
  }
}
