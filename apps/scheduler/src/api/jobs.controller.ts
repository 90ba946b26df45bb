import { priorityOf } from '@atelier/batch';
import { JobDetail, JobView, pageOf, type Page } from '@atelier/contracts';
import type { Store } from '@atelier/store';
import { Controller, Get, HttpCode, Inject, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { ApiConsumes, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { JobActions } from '../jobs/actions.js';
import { Submit } from '../jobs/submit.js';
import { JobViews } from '../jobs/views.js';
import { idempotencyKeyOf, jsonBody, JobsQuery, textBody, toPageRequest, userOf } from './requests.js';
import { STORE } from './tokens.js';

const JobChange = z.strictObject({
  priority: z.union([z.enum(['low', 'normal', 'high']), z.int().min(-1000).max(1000)]),
});

@ApiTags('jobs')
@Controller('api/v1/jobs')
export class JobsController {
  constructor(
    private readonly submission: Submit,
    private readonly actions: JobActions,
    private readonly views: JobViews,
    @Inject(STORE) private readonly store: Store,
  ) {}

  @Post()
  @ApiConsumes('application/yaml', 'application/json')
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'A resend with the same key makes no second job.',
  })
  @ApiHeader({
    name: 'Atelier-User',
    required: false,
    description: 'Who sends it, for shares: nobody logs in, so it is believed.',
  })
  @ApiCreatedResponse({ standardSchema: JobView })
  submit(@Req() request: Request): Promise<JobView> {
    return this.submission.submit({
      ...textBody(request),
      idempotencyKey: idempotencyKeyOf(request),
      user: userOf(request),
    });
  }

  @Get()
  @ApiOkResponse({ standardSchema: pageOf(JobView) })
  async list(@Query({ schema: JobsQuery }) query: JobsQuery): Promise<Page<JobView>> {
    const { state, project, text } = query;
    const filter = {
      ...(state.length > 0 && { states: state }),
      ...(project !== undefined && { project }),
      ...(text && { text }),
    };
    const { items, nextPageToken } = await this.store.jobs.list(filter, toPageRequest(query));
    return { items: items.map((job) => this.views.of(job)), nextPageToken };
  }

  @Get(':id')
  @ApiOkResponse({ standardSchema: JobDetail })
  get(@Param('id') id: string): Promise<JobDetail> {
    return this.views.detail(id);
  }

  @Patch(':id')
  @ApiConsumes('application/json')
  @ApiOkResponse({ standardSchema: JobView })
  change(@Param('id') id: string, @Req() request: Request): Promise<JobView> {
    return this.actions.setPriority(id, priorityOf(jsonBody(request, JobChange)));
  }

  @Post(':id\\:cancel')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: JobView })
  cancel(@Param('id') id: string): Promise<JobView> {
    return this.actions.cancel(id);
  }

  @Post(':id\\:pause')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: JobView })
  pause(@Param('id') id: string): Promise<JobView> {
    return this.actions.pause(id);
  }

  @Post(':id\\:resume')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: JobView })
  resume(@Param('id') id: string): Promise<JobView> {
    return this.actions.resume(id);
  }

  @Post(':id\\:retry')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: JobView })
  retry(@Param('id') id: string): Promise<JobView> {
    return this.actions.retry(id);
  }
}
