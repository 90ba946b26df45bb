/** The models on this node's disk, found by content: a name may mean another file on another node, a hash never does. */
import type { agentProto } from '@atelier/contracts';
import { catalogueModels, matchPreviewDecoders, type CataloguedModel } from '@atelier/diffusion/checkpoint';
import type { Logger } from '@atelier/telemetry';

export class Models {
  private bySha256 = new Map<string, CataloguedModel>();
  private previewDecoders = new Map<string, string>();
  private scanning: Promise<boolean> | undefined;

  constructor(
    private readonly folders: readonly string[],
    private readonly cacheFile: string,
    private readonly log: Logger,
  ) {}

  /** What there is, for the inventory. */
  references(): agentProto.ModelReference[] {
    return [...this.bySha256.values()].map(({ name, sha256 }) => ({ name, sha256 }));
  }

  /** Every model, in the order in which they were found. */
  get all(): Iterable<CataloguedModel> {
    return this.bySha256.values();
  }

  /** Where the model with this hash lies. */
  pathOf(sha256: string): string | undefined {
    return this.bySha256.get(sha256)?.path;
  }

  /** Where a preview decoder lies that shows what the checkpoint with this hash draws. */
  previewDecoderOf(sha256: string): string | undefined {
    return this.previewDecoders.get(sha256);
  }

  /**
   * Looks through the folders and hashes what is new or has changed. True where the list of models is another than before.
   * @param anew not by a look that is under way: something has come since
   */
  async scan(anew = false): Promise<boolean> {
    if (anew) await this.scanning;
    this.scanning ??= this.look().finally(() => (this.scanning = undefined));
    return this.scanning;
  }

  private async look(): Promise<boolean> {
    const catalogue = await catalogueModels(this.folders, {
      cacheFile: this.cacheFile,
      onTrouble: (path, why) => this.log.warn({ path, why }, 'a model is left out, or its hash not remembered'),
    });
    const found = new Map<string, CataloguedModel>();
    for (const model of catalogue) if (!found.has(model.sha256)) found.set(model.sha256, model);
    this.previewDecoders = await matchPreviewDecoders([...found.values()], (path, why) =>
      this.log.warn({ path, why }, 'a preview decoder is left out'),
    );
    const changed = [...found.keys()].join() !== [...this.bySha256.keys()].join();
    this.bySha256 = found;
    return changed;
  }
}
