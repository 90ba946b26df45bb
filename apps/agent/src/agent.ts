/** The agent of a node: puts its parts together, joins, serves, and takes leave. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AtelierError, type agentProto } from '@atelier/contracts';
import { waitForFolder } from '@atelier/data-folder';
import { imageLimits, startEngine } from '@atelier/diffusion';
import { agentMetrics, createLogger, createRegistry, gpuInventory, hostInventory } from '@atelier/telemetry';
import { testSlots } from './acceptance/acceptance-test.js';
import { AssetCache } from './assets/asset-cache.js';
import { fetchAsset } from './assets/fetch-asset.js';
import { agentFeatures } from './features.js';
import { identityPath } from './identity/identity-file.js';
import { discoverScheduler } from './identity/discover.js';
import { farmPin, obtainIdentity } from './identity/join.js';
import { Attachment } from './link/attach.js';
import { keepReaching, mayPass, register } from './link/registrar.js';
import { SchedulerLink } from './link/scheduler-link.js';
import { Terms } from './link/terms.js';
import { NodeWork } from './node-work.js';
import { advertisedAddress, formatAddress } from './node/address.js';
import { gpuOf, hardwareIdOf, takeInventory } from './node/inventory.js';
import { ModelFetcher } from './node/model-fetcher.js';
import { Models } from './node/models.js';
import { ReadAhead } from './node/read-ahead.js';
import { WeightsInMemory } from './node/weights-in-memory.js';
import { compileOptions, type AgentOptions } from './options.js';
import { serveAgent } from './server.js';
import { EngineSupervisor } from './slots/engine-supervisor.js';
import { PictureStore } from './slots/picture-store.js';
import { Slot } from './slots/slot.js';
import { Spool } from './spool/spool.js';
import { Uploader } from './spool/uploader.js';
import { serveMetrics } from './telemetry/metrics-server.js';
import { memoryTaken, startReadings } from './telemetry/readings.js';
import { TelemetryHub } from './telemetry/telemetry.js';
import { Unwind } from './unwind.js';

export interface RunningAgent {
  readonly nodeId: string;
  /** host:port under which the scheduler dials. */
  readonly grpcAddress: string;
  /** host:port of `GET /metrics`. */
  readonly metricsAddress: string;
  /** Processes of the engines that are up now. */
  enginePids(): number[];
  /** Gives back what runs, takes leave of the scheduler and ends the engines. The spool stays on the disk. */
  close(): Promise<void>;
}

/** An agent that was killed with its farm, or froze, may take so long to be gone. */
const predecessorMs = 30_000;

/** How often the model folders are looked through for what has come or gone. */
const modelScanMs = 60_000;

/** Images of jobs that are kept for the next task. */
const assetCacheBytes = 2 * 2 ** 30;

/**
 * Starts the agent; resolves when the scheduler has dialled back. A node that has joined before also starts while the
 * scheduler is away, and waits for it.
 * @throws AtelierError in one sentence: a wrong token or pin, an address that cannot be dialled, a taken port.
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  try {
    return await start(options);
  } catch (error) {
    if (!(error instanceof ForgottenNode)) throw error;
    // The farm no longer knows who this node was, but there is a token: it comes in as a new one.
    await rm(identityPath(options.dataDir));
    return start(options);
  }
}

/** The options with the address of the farm's scheduler, found on the local network. */
async function found(options: AgentOptions): Promise<AgentOptions> {
  const pin = await farmPin(options.dataDir, options.token);
  const log = options.logger ?? createLogger({ name: 'agent' });
  return { ...options, join: formatAddress(await discoverScheduler({ pin, log })) };
}

/** The scheduler refused the identity that was stored, and a token to join with was given. */
class ForgottenNode extends Error {}

async function start(given: AgentOptions): Promise<RunningAgent> {
  const options = compileOptions(given.join === 'auto' ? await found(given) : given);
  const { dataDir, scheduler, log } = options;
  const unwind = new Unwind();
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    // Two agents would deliver, drop and tidy the pictures of one spool.
    unwind.add(
      await waitForFolder(dataDir, {
        patienceMs: predecessorMs,
        onHeld: (why) => log.warn({ why }, 'the agent waits for another one to end'),
      }),
    );
    // What takes longest and needs nobody's leave goes on while the node joins.
    const fetchedModels = join(dataDir, 'models');
    const models = new Models([...options.modelFolders, fetchedModels], join(dataDir, 'models.json'), log);
    const engine = new EngineSupervisor(() => startEngine(options.engine), log);
    unwind.add(() => engine.close());
    const ready = Promise.all([gpuInventory(), models.scan(), engine.start()]);
    ready.catch(() => undefined);
    const { credentials, joined } = await obtainIdentity({
      ...options,
      nodeName: options.name,
      hardwareId: async () => hardwareIdOf((await hostInventory(dataDir)).macAddress, await gpuInventory(), dataDir),
    });
    const terms = await Terms.open(dataDir);
    if (joined) await terms.reset();

    const registry = createRegistry();
    const metrics = agentMetrics(registry);
    const metricsServer = await serveMetrics(registry, options.metricsPort);
    unwind.add(() => metricsServer.close());

    const hub = new TelemetryHub();
    const spool = await Spool.open(join(dataDir, 'spool'), log);
    const countSpool = () => metrics.spoolFiles.set(spool.size);
    countSpool();
    const [gpus] = await ready;
    if (engine.unsupported) throw new AtelierError('invalid_request', engine.trouble);

    const link: SchedulerLink = new SchedulerLink({ terms, hello: () => work.hello(), log });
    const uploader = new Uploader({
      spool,
      credentials,
      send: (message) => link.send(message),
      changed: countSpool,
      uploading: (attemptId) =>
        hub.publish({ $case: 'progress', value: { attemptId, stage: 'upload', step: 0, steps: 1 } }),
      log,
    });
    unwind.add(() => uploader.close());
    const store = new PictureStore(spool, uploader, log);
    unwind.add(() => store.close());
    const assets = await AssetCache.open({
      folder: join(dataDir, 'assets'),
      maximumBytes: assetCacheBytes,
      fetch: (sha256) => fetchAsset(link.assetUrl, sha256, credentials, imageLimits.bytes),
    });
    const pathOf = (sha256: string) => models.pathOf(sha256);
    const weights = new WeightsInMemory(pathOf);
    const fetcher: ModelFetcher = new ModelFetcher({
      folder: fetchedModels,
      url: () => link.modelUrl,
      credentials,
      changed: async () => {
        await scanModels(true);
      },
      needed: () => new Set(slots.flatMap((each) => each.neededModels())),
      log,
    });
    const slot: Slot = new Slot({
      id: 'slot-0',
      engine,
      weights,
      models: fetcher,
      readMemory: () => memoryTaken(gpuOf(slot, gpus)?.uuid),
      means: {
        features: new Set(agentFeatures),
        pathOf,
        previewDecoderOf: (sha256) => models.previewDecoderOf(sha256),
      },
      assets,
      store,
      send: (message) => link.send(message),
      mayStart: () => link.mayStart(),
      hub,
      metrics,
      log,
      idleUnloadMs: options.idleUnloadMs,
    });
    const slots = [slot];
    const inventory = () =>
      takeInventory({
        dataDir,
        slots,
        gpus,
        models,
        metricsAddress: metricsServer.address,
      });
    const scanModels = (anew = false) =>
      models
        .scan(anew)
        .then(async (changed) => changed && link.send({ $case: 'inventory', value: await inventory() }))
        .catch((error: Error) => log.warn({ why: error.message }, 'the model folders cannot be looked through'));
    const readAhead = new ReadAhead(pathOf, log);
    const bringAhead = async ({ models: next, residencyKey }: agentProto.Prefetch) => {
      const hashes = next.map(({ sha256 }) => sha256);
      const absent = hashes.filter((sha256) => pathOf(sha256) === undefined);
      try {
        if (absent.length > 0) await fetcher.bring(absent);
      } catch (error) {
        return log.warn({ why: (error as Error).message }, 'what is loaded next cannot be fetched');
      }
      const bytes = await readAhead.read(next);
      if (bytes > 0) await weights.note(residencyKey, hashes);
    };
    unwind.add(() => readAhead.close());
    const work: NodeWork = new NodeWork({
      link,
      slots,
      spool,
      uploader,
      inventory,
      missing: () => void scanModels(),
      readAhead: (next) => void bringAhead(next),
      test: () => testSlots({ models, slots, log }),
    });

    unwind.add(
      startReadings([{ id: slot.id, gpuUuid: gpuOf(slot, gpus)?.uuid, busyMs: () => slot.busyMs() }], hub, metrics),
    );
    const scanning = setInterval(() => void scanModels(), modelScanMs);
    unwind.add(() => clearInterval(scanning));

    const server = await serveAgent(options.listen, credentials, link, hub, options.recentLines);
    unwind.add(() => server.close());
    unwind.add(() => link.close());
    unwind.add(async () => {
      work.stop('The agent shuts down.');
      await engine.close();
    });

    const advertise = async () =>
      formatAddress(options.advertise ?? (await advertisedAddress(server.address, scheduler)));
    const attachment = new Attachment({ scheduler, credentials, server: server.address, inventory });
    unwind.add(() => attachment.close());
    const reach = options.dialOut
      ? () => attachment.open()
      : () => register({ scheduler, credentials, advertise, inventory });
    await reach().catch((error: unknown) => {
      if (isForgotten(error) && !joined && options.token !== undefined) throw new ForgottenNode();
      if (joined || !mayPass(error)) throw error;
      log.warn({ why: (error as Error).message }, 'the scheduler is away; the node waits for it');
    });
    const closing = new AbortController();
    unwind.add(() => closing.abort());
    void keepReaching({ reach, connected: () => link.live, log }, closing.signal);

    const nodeId = credentials.identity.id;
    const grpcAddress = formatAddress(options.advertise ?? server.address);
    log.info({ nodeId, grpcAddress, metrics: metricsServer.address }, 'the agent serves');
    return {
      nodeId,
      grpcAddress,
      metricsAddress: metricsServer.address,
      enginePids: () => slots.flatMap(({ enginePid }) => enginePid ?? []),
      close: () => unwind.run(),
    };
  } catch (error) {
    await unwind.run();
    throw error;
  }
}

const isForgotten = (error: unknown) =>
  error instanceof AtelierError && ['unauthenticated', 'permission_denied', 'not_found'].includes(error.code);
