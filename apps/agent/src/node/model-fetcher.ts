/**
 * Brings models that this node lacks from the scheduler's machine, over mutual TLS: once for all who ask, going on where an
 * earlier try broke off, and taken only if they are what their hash says.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, statfs, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { agentProto, ModelFiles } from '@atelier/contracts';
import { hashCheckpoint } from '@atelier/diffusion/checkpoint';
import type { Logger } from '@atelier/telemetry';
import type { Credentials } from '@atelier/trust';
import { Refusal } from '../slots/refusal.js';
import { answerOf } from './answer.js';

const { FailureCause } = agentProto;

export interface ModelFetcherOptions {
  /** Where fetched models lie; one of the folders in which the agent looks for models. */
  folder: string;
  /** The address of models, by the word of the last scheduler; empty: there is none. */
  url(): string;
  credentials: Credentials;
  /** A model has come or gone. */
  changed(): Promise<void>;
  /** Hashes of models that are needed now: none of them makes room for others. */
  needed(): ReadonlySet<string>;
  log: Logger;
  /** Disk that is left free, bytes. @default 4 GiB */
  reserveBytes?: number;
  /** Milliseconds between two tries. @default 2000 */
  pauseMs?: number;
}

/** What was fetched, and how long that took. */
export interface Fetched {
  bytes: number;
  seconds: number;
}

/** Times that nothing more of a file comes before it is given up. */
const mostFailures = 5;
const largestList = 4 * 2 ** 20;
/** Name of a model's folder while it is fetched; nobody looks into what begins with a dot. */
const unfinished = (sha256: string) => `.fetching-${sha256}`;

export class ModelFetcher {
  private readonly coming = new Map<string, Promise<Fetched>>();
  /** One model after the other: the way from the scheduler is one. */
  private tail: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: ModelFetcherOptions) {}

  get canFetch(): boolean {
    return this.options.url() !== '';
  }

  /** Brings models. Rejects with a Refusal: NETWORK for what did not arrive, UNSUPPORTED for what has no room here. */
  async bring(hashes: readonly string[]): Promise<Fetched> {
    const fetched = await Promise.all(hashes.map((sha256) => this.bringOne(sha256)));
    const sum = (of: (one: Fetched) => number) => fetched.reduce((total, one) => total + of(one), 0);
    return { bytes: sum(({ bytes }) => bytes), seconds: sum(({ seconds }) => seconds) };
  }

  /** Models were used: others make room first. */
  async used(hashes: readonly string[]): Promise<void> {
    const now = new Date();
    const names = await readdir(this.options.folder).catch(() => []);
    for (const name of names)
      if (hashes.some((sha256) => isOf(name, sha256)))
        await utimes(join(this.options.folder, name), now, now).catch(() => undefined);
  }

  private bringOne(sha256: string): Promise<Fetched> {
    let coming = this.coming.get(sha256);
    if (coming) return coming;
    coming = this.tail.then(() => this.obtain(sha256)).finally(() => this.coming.delete(sha256));
    this.tail = coming.catch(() => undefined);
    this.coming.set(sha256, coming);
    return coming;
  }

  private async obtain(sha256: string): Promise<Fetched> {
    const { folder, changed, log } = this.options;
    const startedAt = performance.now();
    const { name, files } = await this.listOf(sha256);
    const partial = join(folder, unfinished(sha256));
    await mkdir(partial, { recursive: true, mode: 0o700 });
    await this.makeRoom(
      sha256,
      files.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    let fetched = 0;
    for (const [number, { path, bytes }] of files.entries())
      fetched += await this.file(`${sha256}/${number}`, join(partial, path || 'model.safetensors'), bytes);

    const isFile = files[0]!.path === '';
    const content = isFile ? join(partial, 'model.safetensors') : partial;
    const found = await hashCheckpoint(content).catch((error: Error) => error.message);
    if (found !== sha256) {
      await rm(partial, { recursive: true, force: true });
      throw network(`The model ${name} did not arrive whole: what came has the hash ${found.slice(0, 12)}.`);
    }
    await rename(content, join(folder, nameOf(name, sha256, isFile)));
    if (isFile) await rm(partial, { recursive: true, force: true });
    await changed();
    const seconds = (performance.now() - startedAt) / 1000;
    log.info({ model: name, sha256, bytes: fetched, seconds }, 'a model was fetched');
    return { bytes: fetched, seconds };
  }

  private async listOf(sha256: string): Promise<ModelFiles> {
    try {
      const response = await this.ask(sha256);
      let text = '';
      for await (const chunk of response) {
        text += String(chunk);
        if (text.length > largestList) throw new Error('its list of files is too long');
      }
      const list = ModelFiles.parse(JSON.parse(text));
      if (list.files.length > 1 && list.files.some(({ path }) => path === '')) throw new Error('its list has no paths');
      return list;
    } catch (error) {
      throw network(`The model ${short(sha256)} did not arrive: ${(error as Error).message}.`);
    }
  }

  /** Brings one file, from where an earlier try broke off; gives the bytes that came. */
  private async file(address: string, path: string, bytes: number): Promise<number> {
    const { pauseMs = 2_000 } = this.options;
    await mkdir(dirname(path), { recursive: true });
    const before = await sizeOf(path);
    let failures = 0;
    for (let have = before; ;) {
      let why = 'its file has another length than was told';
      try {
        if (have > bytes || bytes === 0) await writeFile(path, '');
        if (bytes === 0) return 0;
        const from = have > bytes ? 0 : have;
        if (from < bytes) await this.part(address, path, from);
      } catch (error) {
        why = (error as Error).message;
      }
      const now = await sizeOf(path);
      if (now === bytes) return Math.max(0, bytes - before);
      failures = now > have && now < bytes ? 0 : failures + 1;
      if (failures >= mostFailures) throw network(`A model did not arrive: ${why}.`);
      have = now;
      await wait(pauseMs);
    }
  }

  private async part(address: string, path: string, from: number): Promise<void> {
    const response = await this.ask(address, from);
    await pipeline(response, createWriteStream(path, { flags: response.statusCode === 206 ? 'a' : 'w' }));
  }

  private ask(address: string, from = 0) {
    const { url, credentials } = this.options;
    if (!url().startsWith('https://')) throw new Error('the scheduler gave no address of models');
    return answerOf(`${url()}/${address}`, credentials, from > 0 ? { range: `bytes=${from}-` } : {});
  }

  /** Deletes what was fetched and not used for longest until a model has room. Rejects where that does not help. */
  private async makeRoom(sha256: string, bytes: number): Promise<void> {
    const { folder, needed, changed, reserveBytes = 4 * 2 ** 30 } = this.options;
    const have = await sizeBelow(join(folder, unfinished(sha256)));
    const free = async () => {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize - reserveBytes;
    };
    for (const path of await this.disposable(sha256, needed())) {
      if ((await free()) >= bytes - have) return;
      await rm(path, { recursive: true, force: true });
      await changed();
    }
    const room = await free();
    if (room >= bytes - have) return;
    const message = `The model ${sha256.slice(0, 12)} has ${gigabytes(bytes)}, and the disk of this node has room for ${gigabytes(Math.max(0, room))}.`;
    throw new Refusal(FailureCause.FAILURE_CAUSE_UNSUPPORTED, message);
  }

  /** Fetched models and broken tries that nobody needs, the longest unused first. */
  private async disposable(wanted: string, needed: ReadonlySet<string>): Promise<string[]> {
    const { folder } = this.options;
    const kept = [wanted, ...needed, ...this.coming.keys()];
    const names = (await readdir(folder)).filter((name) => !kept.some((sha256) => isOf(name, sha256)));
    const found = await Promise.all(
      names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
    );
    return found.sort((a, b) => a.at - b.at).map(({ name }) => join(folder, name));
  }
}

const network = (message: string) => new Refusal(FailureCause.FAILURE_CAUSE_NETWORK, message);

const short = (sha256: string) => sha256.slice(0, 12);

/** A model keeps its name, with a part of its hash: another one of that name may lie in another folder. */
const nameOf = (name: string, sha256: string, isFile: boolean) =>
  `${name.replaceAll(/[^\w.-]+/g, '_').replace(/^\.+/, '')}-${short(sha256)}${isFile ? '.safetensors' : ''}`;

const isOf = (name: string, sha256: string) =>
  name === unfinished(sha256) || name.replace(/\.safetensors$/, '').endsWith(`-${short(sha256)}`);

const sizeOf = async (path: string) => (await stat(path).catch(() => undefined))?.size ?? 0;

async function sizeBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.filter((entry) => entry.isFile()).map((entry) => sizeOf(join(entry.parentPath, entry.name)));
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
