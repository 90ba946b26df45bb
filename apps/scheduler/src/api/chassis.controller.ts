import { ChassisChange, ChassisView, pageOf, type Page } from '@atelier/contracts';
import { Controller, Get, Param, Patch, Req } from '@nestjs/common';
import { ApiConsumes, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { ChassisViews } from '../operators/chassis-views.js';
import { jsonBody } from './requests.js';

@ApiTags('chassis')
@Controller('api/v1/chassis')
export class ChassisController {
  constructor(private readonly views: ChassisViews) {}

  @Get()
  @ApiOkResponse({ standardSchema: pageOf(ChassisView), description: 'All enclosures, by name.' })
  list(): Page<ChassisView> {
    return { items: this.views.list(), nextPageToken: null };
  }

  @Get(':id')
  @ApiOkResponse({ standardSchema: ChassisView })
  get(@Param('id') id: string): ChassisView {
    return this.views.get(id);
  }

  /** Sets what the working nodes of an enclosure may draw together. */
  @Patch(':id')
  @ApiConsumes('application/json')
  @ApiOkResponse({ standardSchema: ChassisView })
  change(@Param('id') id: string, @Req() request: Request): Promise<ChassisView> {
    return this.views.change(id, jsonBody(request, ChassisChange));
  }
}
