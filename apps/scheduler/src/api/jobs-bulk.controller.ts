import { BulkRequest, BulkView } from '@atelier/contracts';
import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiConsumes, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { BulkJobs } from '../jobs/bulk.js';
import { jsonBody } from './requests.js';

@ApiTags('jobs')
@Controller('api/v1')
export class JobsBulkController {
  constructor(private readonly bulk: BulkJobs) {}

  @Post('jobs\\:bulk')
  @HttpCode(200)
  @ApiConsumes('application/json')
  @ApiOkResponse({ standardSchema: BulkView, description: 'One action for many jobs; `dryRun` counts them first.' })
  run(@Req() request: Request): Promise<BulkView> {
    return this.bulk.run(jsonBody(request, BulkRequest));
  }
}
