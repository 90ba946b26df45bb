import { FarmHistory, JoinsView } from '@atelier/contracts';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { FarmHistories } from '../farm/history.js';
import { Knocks } from '../nodes/knocks.js';

/** For the people who watch over a farm. */
@ApiTags('farm')
@Controller('api/v1')
export class WatchController {
  constructor(
    private readonly histories: FarmHistories,
    private readonly knocks: Knocks,
  ) {}

  @Get('farm/history')
  @ApiOkResponse({ standardSchema: FarmHistory, description: 'The last hour.' })
  history(): Promise<FarmHistory> {
    return this.histories.view();
  }

  @Get('joins')
  @ApiOkResponse({ standardSchema: JoinsView, description: 'Where machines join, and which ones asked to.' })
  joins(): JoinsView {
    return this.knocks.view();
  }
}
