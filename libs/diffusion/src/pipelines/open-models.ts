import { stat } from 'node:fs/promises';
import type { Target } from '../networks/weights.js';
import type { SessionCache } from '../runtime/session-cache.js';
import { DiffusionModel, type ModelRequest } from './model.js';

/** Models that are remembered: each is some megabytes of names and places. */
const REMEMBERED = 4;

interface OpenModel {
  model: DiffusionModel;
  /** What its files looked like when they were read. */
  stamp: string;
}

/** Opens models, and remembers them for as long as their files stay as they are. */
export class OpenModels {
  /** In the order of their last use. */
  private readonly models = new Map<string, OpenModel>();

  constructor(
    private readonly sessions: SessionCache,
    private readonly target: Target,
  ) {}

  /** Throws CheckpointError and InputError. */
  async open(request: ModelRequest): Promise<DiffusionModel> {
    const key = JSON.stringify(request);
    const known = this.models.get(key);
    this.models.delete(key);
    const unchanged = known !== undefined && (await stampOf(known.model.files)) === known.stamp;
    const open = unchanged ? known : await this.read(request);
    this.models.set(key, open);
    for (const old of [...this.models.keys()].slice(0, -REMEMBERED)) this.models.delete(old);
    return open.model;
  }

  private async read(request: ModelRequest): Promise<OpenModel> {
    const model = await DiffusionModel.open(request, this.sessions, this.target);
    return { model, stamp: await stampOf(model.files) };
  }
}

/** Changes when one of the files does, or goes, or comes. */
async function stampOf(files: readonly string[]): Promise<string> {
  const stamps = files.map(async (file) => {
    const status = await stat(file).catch(() => undefined);
    return status ? `${status.size} ${status.mtimeMs}` : 'none';
  });
  return (await Promise.all(stamps)).join('\n');
}
