import type { Store } from '@atelier/store';
import type { Registry } from '@atelier/telemetry';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { FarmViews } from '../farm/farm-view.js';
import { Measure } from '../farm/measure.js';
import { Readiness } from '../readiness.js';
import { METRICS, STORE } from './tokens.js';

/** For those that watch over processes. */
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly measure: Measure,
    private readonly farm: FarmViews,
    @Inject(STORE) private readonly store: Store,
    @Inject(METRICS) private readonly registry: Registry,
  ) {}

  @Get('healthz')
  alive(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  async ready(@Res() response: Response): Promise<void> {
    const trouble = this.readiness.trouble ?? ((await this.store.ping()) ? null : 'The database does not answer.');
    response.status(trouble === null ? 200 : 503).json(trouble === null ? { status: 'ready' } : { status: trouble });
  }

  @Get('metrics')
  async metrics(@Res() response: Response): Promise<void> {
    await this.measure.refresh(this.farm);
    response.type(this.registry.contentType).send(await this.registry.metrics());
  }
}
