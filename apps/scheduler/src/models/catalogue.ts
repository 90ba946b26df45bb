/** The models of this machine's folders, by name and by hash. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogueModels, describeCheckpoint, familyOf, type CataloguedModel } from '@atelier/diffusion/checkpoint';
import type { Model, Models } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';

/** Characters of a model's description. */
const longestDescription = 500;

export class ModelCatalogue {
  private models: readonly Model[] = [];
  private bySha256: ReadonlyMap<string, Model> = new Map();
  private known: ReadonlySet<string> = new Set();
  /** Called when there are other models than before. */
  onChange: () => void = () => {};
  private scanning: Promise<void> | undefined;

  constructor(
    private readonly folders: readonly string[],
    private readonly cacheFile: string,
    private readonly store: Pick<Models, 'replace'>,
    private readonly logger: Logger,
  ) {}

  /** The model with a hash, as far as the folders were looked through. */
  get(sha256: string): Model | undefined {
    return this.bySha256.get(sha256);
  }

  /** Hashes of all models, as far as the folders were looked through. */
  get hashes(): ReadonlySet<string> {
    return this.known;
  }

  /** Of some models together; undefined where one of them is not here. */
  bytesOf(models: readonly { sha256: string }[]): number | undefined {
    const found = models.map(({ sha256 }) => this.bySha256.get(sha256)?.bytes);
    return found.includes(undefined) ? undefined : found.reduce<number>((sum, bytes) => sum + bytes!, 0);
  }

  /** By kind, then name. Waits for a scan under way, so that nothing that is there seems to be missing. */
  async list(): Promise<readonly Model[]> {
    await this.scanning;
    return this.models;
  }

  /** By name, else by hash. What is not known may just have been put there: the folders are looked through once more. */
  async find(kind: Model['kind'], nameOrSha256: string): Promise<Model | undefined> {
    await this.scanning;
    const known = this.lookUp(kind, nameOrSha256);
    if (known) return known;
    await this.scan();
    return this.lookUp(kind, nameOrSha256);
  }

  /** Looks through the folders and hashes what is new or has changed. */
  scan(): Promise<void> {
    this.scanning ??= this.look().finally(() => (this.scanning = undefined));
    return this.scanning;
  }

  private lookUp(kind: Model['kind'], nameOrSha256: string): Model | undefined {
    const ofKind = this.models.filter((model) => model.kind === kind);
    return (
      ofKind.find(({ name }) => name === nameOrSha256) ?? ofKind.find(({ sha256 }) => sha256 === nameOrSha256)
    );
  }

  private async look(): Promise<void> {
    const passOver = (path: string, why: string) => this.logger.warn({ path, why }, 'A model is passed over.');
    const models: Model[] = [];
    for (const found of await catalogueModels(this.folders, { cacheFile: this.cacheFile, onTrouble: passOver })) {
      try {
        models.push(await describe(found));
      } catch (error) {
        passOver(found.path, (error as Error).message);
      }
    }
    models.sort((a, b) => a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name));
    const changed = JSON.stringify(models) !== JSON.stringify(this.models);
    this.models = models;
    if (!changed) return;
    this.bySha256 = new Map(models.map((model) => [model.sha256, model]));
    this.known = new Set(this.bySha256.keys());
    this.onChange();
    await this.store.replace(models);
  }
}

async function describe({ name, path, kind, sha256, bytes }: CataloguedModel): Promise<Model> {
  const common = { name, path, kind, sha256, bytes, description: await descriptionOf(path) };
  if (kind !== 'checkpoint')
    return { ...common, architecture: await familyOf(path, kind), defaultWidth: null, defaultHeight: null };
  const { architecture, defaultWidth, defaultHeight } = await describeCheckpoint(path);
  return { ...common, architecture, defaultWidth, defaultHeight };
}

/** The first paragraph of a model's readme that is no heading and no front matter. */
async function descriptionOf(path: string): Promise<string | null> {
  const text = await readFile(join(path, 'README.md'), 'utf8').catch(() => '');
  const paragraphs = text.replace(/^---\n[\s\S]*?\n---\n/, '').split(/\n\s*\n/);
  const first = paragraphs.map((paragraph) => paragraph.trim()).find((text) => text !== '' && !text.startsWith('#'));
  return first === undefined ? null : shortened(first.replaceAll(/\s+/g, ' '), longestDescription);
}

/** `text`, or its first words and an ellipsis in `most` characters at most. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const words = text.slice(0, most - 2).replace(/\s\S*$/, '');
  return `${words} …`;
}
