import { JobAxes, JobFailures, JobGrid, JobTimeline } from '@atelier/contracts';
import type { Store } from '@atelier/store';
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { JobGrids } from '../jobs/grid.js';
import { JobViews } from '../jobs/views.js';
import { positionsOf } from './positions.js';
import { STORE } from './tokens.js';

const GridQuery = z.object({
  x: z.string().describe('The axis of the columns.'),
  y: z.string().optional().describe('The axis of the rows.'),
  at: z.string().max(2000).optional().describe('Positions of the other axes: `prompt:0,steps:2`.'),
});
type GridQuery = z.infer<typeof GridQuery>;

const TimelineQuery = z.object({ spans: z.coerce.number().int().min(1).max(2000).default(400) });
type TimelineQuery = z.infer<typeof TimelineQuery>;

/** Looks into a job that only people ask for. */
@ApiTags('jobs')
@Controller('api/v1/jobs/:id')
export class JobInsightController {
  constructor(
    private readonly grids: JobGrids,
    private readonly views: JobViews,
    @Inject(STORE) private readonly store: Store,
  ) {}

  @Get('axes')
  @ApiOkResponse({ standardSchema: JobAxes })
  axes(@Param('id') id: string): Promise<JobAxes> {
    return this.grids.axes(id);
  }

  @Get('grid')
  @ApiOkResponse({ standardSchema: JobGrid, description: "The job's pictures along two of its axes." })
  grid(@Param('id') id: string, @Query({ schema: GridQuery }) { x, y, at }: GridQuery): Promise<JobGrid> {
    return this.grids.grid(id, { x, ...(y !== undefined && { y }), at: positionsOf(at) });
  }

  @Get('timeline')
  @ApiOkResponse({ standardSchema: JobTimeline })
  async timeline(
    @Param('id') id: string,
    @Query({ schema: TimelineQuery }) { spans }: TimelineQuery,
  ): Promise<JobTimeline> {
    await this.views.job(id);
    const timeline = await this.store.insight.timeline(id, spans);
    return {
      ...timeline,
      spans: timeline.spans.map(({ leasedAt, startedAt, finishedAt, ...span }) => ({
        ...span,
        leasedAt: leasedAt.toISOString(),
        startedAt: startedAt?.toISOString() ?? null,
        finishedAt: finishedAt?.toISOString() ?? null,
      })),
    };
  }

  @Get('failures')
  @ApiOkResponse({ standardSchema: JobFailures, description: 'Dead tasks by cause.' })
  async failures(@Param('id') id: string): Promise<z.infer<typeof JobFailures>> {
    await this.views.job(id);
    return { groups: await this.store.insight.failures(id) };
  }
}
