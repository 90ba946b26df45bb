import { NodeChange, NodeLogView, NodeView, pageOf, type Page } from '@atelier/contracts';
import { Controller, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { ApiConsumes, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { NodeActions } from '../nodes/node-actions.js';
import { NodeLogs } from '../nodes/node-logs.js';
import { NodeViews } from '../nodes/node-views.js';
import { jsonBody } from './requests.js';

const DrainQuery = z.object({
  mode: z.enum(['finish', 'now']).default('finish').describe('now: what runs is given back instead of finished.'),
});
type DrainQuery = z.infer<typeof DrainQuery>;

const LogsQuery = z.object({
  lines: z.coerce.number().int().min(1).max(1000).default(200).describe('At most so many, the latest.'),
});
type LogsQuery = z.infer<typeof LogsQuery>;

const QuarantineRequest = z.strictObject({ reason: z.string().trim().min(1).max(500).optional() });

@ApiTags('nodes')
@Controller('api/v1/nodes')
export class NodesController {
  constructor(
    private readonly views: NodeViews,
    private readonly actions: NodeActions,
    private readonly logs: NodeLogs,
  ) {}

  @Get()
  @ApiOkResponse({ standardSchema: pageOf(NodeView), description: 'All nodes, by name.' })
  async list(): Promise<Page<NodeView>> {
    return { items: await this.views.list(), nextPageToken: null };
  }

  @Get(':id')
  @ApiOkResponse({ standardSchema: NodeView })
  get(@Param('id') id: string): Promise<NodeView> {
    return this.views.get(id);
  }

  /** Sets some of a node's limits; what is left out stays. */
  @Patch(':id')
  @ApiConsumes('application/json')
  @ApiOkResponse({ standardSchema: NodeView })
  change(@Param('id') id: string, @Req() request: Request): Promise<NodeView> {
    return this.actions.change(id, jsonBody(request, NodeChange));
  }

  @Post(':id\\:drain')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: NodeView })
  drain(@Param('id') id: string, @Query({ schema: DrainQuery }) { mode }: DrainQuery): Promise<NodeView> {
    return this.actions.drain(id, mode);
  }

  @Post(':id\\:quarantine')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: NodeView, description: 'It serves again after `undrain`, if it passes its test.' })
  quarantine(@Param('id') id: string, @Req() request: Request): Promise<NodeView> {
    const { reason } = request.headers['content-type'] ? jsonBody(request, QuarantineRequest) : {};
    return this.actions.quarantine(id, reason ?? 'An operator quarantined it.');
  }

  @Post(':id\\:test')
  @HttpCode(200)
  @ApiOkResponse({
    standardSchema: NodeView,
    description: 'It draws the acceptance picture; its state says how it goes.',
  })
  test(@Param('id') id: string): Promise<NodeView> {
    return this.actions.test(id);
  }

  @Get(':id/logs')
  @ApiOkResponse({
    standardSchema: pageOf(NodeLogView),
    description: 'The latest lines of its agent, the oldest first.',
  })
  async readLogs(
    @Param('id') id: string,
    @Query({ schema: LogsQuery }) { lines }: LogsQuery,
  ): Promise<Page<NodeLogView>> {
    return { items: await this.logs.read(id, lines), nextPageToken: null };
  }

  @Post(':id\\:undrain')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: NodeView })
  undrain(@Param('id') id: string): Promise<NodeView> {
    return this.actions.undrain(id);
  }
}
