import { batchJsonSchema } from '@atelier/batch';
import {
  EstimateView,
  FarmView,
  ModelView,
  pageOf,
  ProjectView,
  safetyPolicies,
  TokenView,
  type Page,
} from '@atelier/contracts';
import { Controller, Get, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiCreatedResponse, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { EventStream } from '../events/event-stream.js';
import { EnergyMeter } from '../farm/energy-meter.js';
import { FarmViews } from '../farm/farm-view.js';
import { estimate } from '../jobs/estimate.js';
import { Feasibility } from '../jobs/feasibility.js';
import { JobLibrary } from '../jobs/library.js';
import { ModelCatalogue } from '../models/catalogue.js';
import { NodeDirectory } from '../nodes/directory.js';
import { JoinDesk } from '../nodes/join.js';
import { Decisions } from '../operators/decisions.js';
import { Predictions } from '../predictions/predictions.js';
import { Usage } from '../predictions/usage.js';
import { jsonBody, textBody } from './requests.js';

const ShareChange = z.strictObject({
  weight: z.number().positive().max(1000).optional(),
  budgetSeconds: z.number().nonnegative().nullable().optional(),
  maximumSlots: z.int().nonnegative().nullable().optional(),
});
const ProjectChange = ShareChange.extend({ safety: z.enum(safetyPolicies).nullable().optional() });

@ApiTags('farm')
@Controller('api/v1')
export class FarmController {
  constructor(
    private readonly farm: FarmViews,
    private readonly models: ModelCatalogue,
    private readonly desk: JoinDesk,
    private readonly events: EventStream,
    private readonly library: JobLibrary,
    private readonly feasibility: Feasibility,
    private readonly directory: NodeDirectory,
    private readonly predictions: Predictions,
    private readonly usage: Usage,
    private readonly decisions: Decisions,
    private readonly energy: EnergyMeter,
  ) {}

  @Get('farm')
  @ApiOkResponse({ standardSchema: FarmView })
  view(): Promise<FarmView> {
    return this.farm.view();
  }

  /** Begins nothing new on any slot; what runs goes on. */
  @Post('farm\\:pause')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: FarmView })
  async pause(): Promise<FarmView> {
    await this.decisions.pauseFarm(true);
    return this.farm.view();
  }

  @Post('farm\\:resume')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: FarmView })
  async resume(): Promise<FarmView> {
    await this.decisions.pauseFarm(false);
    return this.farm.view();
  }

  @Get('events')
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'Server-sent events: see FarmEvent. `Last-Event-ID` resumes without a gap.' })
  follow(@Req() request: Request, @Res() response: Response): void {
    this.events.serve(request, response);
  }

  @Get('models')
  @ApiOkResponse({ standardSchema: pageOf(ModelView) })
  async listModels(): Promise<Page<ModelView>> {
    const models = await this.models.list();
    const items = models.map(
      ({ name, sha256, kind, architecture, bytes, defaultWidth, defaultHeight, description }) => ({
        name,
        sha256,
        kind,
        architecture,
        bytes,
        defaultSize: defaultWidth === null ? null : `${defaultWidth}x${defaultHeight}`,
        description,
      }),
    );
    return { items, nextPageToken: null };
  }

  /** Looks through the folders of models again. */
  @Post('models')
  @HttpCode(200)
  @ApiOkResponse({ standardSchema: pageOf(ModelView) })
  async rescan(): Promise<Page<ModelView>> {
    await this.models.scan();
    return this.listModels();
  }

  @Post('tokens')
  @ApiCreatedResponse({ standardSchema: TokenView })
  createToken(): Promise<TokenView> {
    return this.desk.createToken();
  }

  @Post('estimates')
  @HttpCode(200)
  @ApiConsumes('application/yaml', 'application/json')
  @ApiOkResponse({ standardSchema: EstimateView })
  estimate(@Req() request: Request): Promise<EstimateView> {
    const { text, format } = textBody(request);
    return estimate(text, format, this.library, this.feasibility, this.directory, this.predictions, this.energy);
  }

  @Get('projects')
  @ApiOkResponse({ standardSchema: pageOf(ProjectView) })
  async projects(): Promise<Page<ProjectView>> {
    return { items: await this.usage.list(), nextPageToken: null };
  }

  /** Sets what a project may have of the farm. */
  @Patch('projects/:name')
  @ApiConsumes('application/json')
  @ApiOkResponse({ standardSchema: ProjectView })
  changeProject(@Param('name') name: string, @Req() request: Request): Promise<ProjectView> {
    return this.usage.change({ project: name }, jsonBody(request, ProjectChange));
  }

  /** Sets what a user may have of a project. */
  @Patch('projects/:name/users/:user')
  @ApiConsumes('application/json')
  @ApiOkResponse({ standardSchema: ProjectView })
  changeUser(
    @Param('name') project: string,
    @Param('user') user: string,
    @Req() request: Request,
  ): Promise<ProjectView> {
    return this.usage.change({ project, user }, jsonBody(request, ShareChange));
  }

  @Get('schemas/batch.json')
  @ApiOkResponse({ description: 'JSON Schema of a batch.' })
  batchSchema(): unknown {
    return batchJsonSchema;
  }
}
