import { NodeView, pageOf, type Page } from '@atelier/contracts';
import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { NodeActions } from '../nodes/node-actions.js';
import { NodeViews } from '../nodes/node-views.js';

@ApiTags('nodes')
@Controller('api/v1/nodes')
export class NodesController {
  constructor(
    private readonly views: NodeViews,
    private readonly actions: NodeActions,
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

  @Post(':id\\:drain')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: NodeView })
  drain(@Param('id') id: string): Promise<NodeView> {
    return this.actions.drain(id);
  }

  @Post(':id\\:undrain')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: NodeView })
  undrain(@Param('id') id: string): Promise<NodeView> {
    return this.actions.undrain(id);
  }
}
