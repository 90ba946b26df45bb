/** Batches as they are submitted or were stored, expanded: from here on a task is a function of its index. */
import { randomInt } from 'node:crypto';
import {
  canonicalText,
  expand,
  EXPANSION_VERSION,
  maximumSeed,
  parseBatch,
  readPromptTable,
  type Batch,
  type Expansion,
  type PromptTable,
} from '@atelier/batch';
import { AtelierError } from '@atelier/contracts';
import type { Job, Jobs } from '@atelier/store';
import { storeDataUris } from '../artifacts/data-uris.js';
import { decodeResolved, encodeResolved, resolveNames, type Sources } from './resolved.js';

export interface PlannedBatch {
  batch: Batch;
  batchText: string;
  /** JSON text of what the names were resolved to. */
  resolved: string;
  seedBase: number;
  promptsSha256: string | null;
  /** Hashes of the images that it names. */
  images: string[];
  expansion: Expansion;
}

/** Expansions of jobs that were looked at last; those with work left are held by the dispatcher, too. */
const keptExpansions = 64;

export class JobLibrary {
  private readonly expansions = new Map<string, Promise<Expansion>>();

  constructor(
    private readonly jobs: Pick<Jobs, 'get'>,
    private readonly sources: Sources,
  ) {}

  /**
   * Checks a batch and resolves everything that it names. Nothing is stored but images that stand in it.
   * Throws what `parseBatch`, `expand` and the folders of models have to say, in one sentence.
   */
  async plan(text: string, format: 'yaml' | 'json'): Promise<PlannedBatch> {
    const batch = await storeDataUris(parseBatch(text, { format }), this.sources.assets);
    const promptTable = await this.promptTable(batch);
    const names = await resolveNames(batch, promptTable, this.sources);
    const drawn = randomInt(maximumSeed + 1);
    const expansion = expand(batch, { ...names, ...(promptTable && { promptTable }), seedBase: drawn });
    return {
      batch,
      batchText: canonicalText(batch),
      resolved: encodeResolved(names),
      seedBase: expansion.seedBase,
      promptsSha256: batch.promptsFile?.sha256 ?? null,
      images: [...names.images.values()].map(({ sha256 }) => sha256),
      expansion,
    };
  }

  /** The tasks of a stored job. Throws `not_found`. */
  expansionOf(jobId: string): Promise<Expansion> {
    const kept = this.expansions.get(jobId) ?? this.read(jobId);
    this.keep(jobId, kept);
    return kept;
  }

  /** The tasks of a stored job that was just read. */
  expansionOfJob(job: Job): Promise<Expansion> {
    const kept = this.expansions.get(job.id) ?? this.expand(job);
    this.keep(job.id, kept);
    return kept;
  }

  /** Remembers the expansion of a job that was just stored. */
  remember(jobId: string, expansion: Expansion): void {
    this.keep(jobId, Promise.resolve(expansion));
  }

  private keep(jobId: string, expansion: Promise<Expansion>): void {
    this.expansions.delete(jobId);
    this.expansions.set(jobId, expansion);
    expansion.catch(() => this.expansions.delete(jobId));
    if (this.expansions.size > keptExpansions) this.expansions.delete(this.expansions.keys().next().value!);
  }

  private async read(jobId: string): Promise<Expansion> {
    const job = await this.jobs.get(jobId);
    if (!job) throw new AtelierError('not_found', `There is no job ${jobId}.`);
    return this.expand(job);
  }

  private async expand({ id, batchText, expansionVersion, resolved, seedBase }: Job): Promise<Expansion> {
    if (expansionVersion !== EXPANSION_VERSION)
      throw new AtelierError(
        'conflict',
        `Job ${id} was submitted to a version of Atelier that numbers tasks in another way (${expansionVersion} instead of ${EXPANSION_VERSION}): submit its batch again.`,
      );
    const batch = parseBatch(batchText, { format: 'json' });
    const promptTable = await this.promptTable(batch);
    return expand(batch, { ...decodeResolved(resolved), ...(promptTable && { promptTable }), seedBase });
  }

  private async promptTable({ promptsFile }: Batch): Promise<PromptTable | undefined> {
    if (!promptsFile) return undefined;
    const { file, sha256 } = promptsFile;
    if (sha256 === undefined)
      throw new AtelierError(
        'invalid_batch',
        `promptsFile names the file "${file}", but no file of anybody's disk is read here: POST it to /api/v1/assets and give its hash as promptsFile.sha256, as \`atelier submit\` does.`,
        'promptsFile.sha256',
      );
    return readPromptTable(await this.sources.assets.read(sha256, 'promptsFile'), file);
  }
}
