/** The scheduler: puts its parts together, takes the lead, takes up the queue, serves; and takes leave in the other order. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assetsOf } from '@atelier/batch';
import { finishedJobStates, type JobState } from '@atelier/contracts';
import { createEventBus } from '@atelier/events';
import { newId, openStore, type Store, type TaskKey } from '@atelier/store';
import { createRegistry, schedulerMetrics } from '@atelier/telemetry';
import { wrappingSecret } from '@atelier/trust';
import type { Provider } from '@nestjs/common';
import { METRICS, STORE } from './api/tokens.js';
import { Assets } from './artifacts/assets.js';
import { FileStore } from './artifacts/file-store.js';
import { ResultIntake } from './artifacts/result-intake.js';
import { Thumbnails } from './artifacts/thumbnails.js';
import { listenForUploads } from './artifacts/upload-listener.js';
import { UploadTickets } from './artifacts/upload-tickets.js';
import { Closing } from './closing.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { LeaseClock } from './dispatch/lease-clock.js';
import { DispatchWriter } from './dispatch/writer.js';
import { EventStream } from './events/event-stream.js';
import { EnergyMeter } from './farm/energy-meter.js';
import { FarmViews } from './farm/farm-view.js';
import { FarmHistories } from './farm/history.js';
import { Measure, slotSecondsOf } from './farm/measure.js';
import { Pace } from './farm/pace.js';
import { GalleryDesk } from './gallery/gallery-desk.js';
import { Outlook } from './predictions/outlook.js';
import { Predictions } from './predictions/predictions.js';
import { Usage } from './predictions/usage.js';
import { JobActions } from './jobs/actions.js';
import { BulkJobs } from './jobs/bulk.js';
import { ContactSheets } from './jobs/contact-sheets.js';
import { JobGrids } from './jobs/grid.js';
import { Feasibility } from './jobs/feasibility.js';
import { JobLibrary } from './jobs/library.js';
import { MemoryNeeds } from './jobs/memory-needs.js';
import { rebuildQueue } from './jobs/rebuild.js';
import { Safety } from './jobs/safety.js';
import { Submit } from './jobs/submit.js';
import { TaskReader } from './jobs/tasks.js';
import { JobViews, resultView } from './jobs/views.js';
import { ModelCatalogue } from './models/catalogue.js';
import { Acceptance } from './nodes/acceptance.js';
import { ChassisViews } from './operators/chassis-views.js';
import { Decisions } from './operators/decisions.js';
import { SlotTermsReader } from './operators/slot-terms.js';
import { NodeDirectory } from './nodes/directory.js';
import { announce } from './nodes/announce.js';
import { openAuthority } from './nodes/farm-authority.js';
import { JoinDesk } from './nodes/join.js';
import { Knocks } from './nodes/knocks.js';
import { LiveProgress } from './nodes/live-progress.js';
import { NodeActions } from './nodes/node-actions.js';
import { NodeLogs } from './nodes/node-logs.js';
import { NodeViews } from './nodes/node-views.js';
import { serveRegistry } from './nodes/registry-server.js';
import { SessionWork } from './nodes/session-work.js';
import { Sessions } from './nodes/sessions.js';
import { keepHouse } from './housekeeping.js';
import { keepTrying } from './keep-trying.js';
import { authority, completeOptions, type CompleteOptions, type SchedulerOptions } from './options.js';
import { Readiness } from './readiness.js';
import { version } from './version.js';

export interface RunningScheduler {
  /** `http://host:port` of the page and the API. */
  readonly apiUrl: string;
  /** host:port that agents join on. */
  readonly grpcAddress: string;
  /** Where the farm's database can be read along. */
  readonly databaseUrl: string;
  /** A token with which one node joins within an hour. */
  createJoinToken(): Promise<string>;
  /** Stops giving out work, ends what is served, and lets go of the database. What runs on nodes goes on. */
  close(): Promise<void>;
}

/**
 * Starts a scheduler that leads the farm; resolves when it serves and its queue is taken up.
 * Throws AtelierError in one sentence: a data folder or a port that is taken, a database that does not answer.
 */
export async function startScheduler(given: SchedulerOptions): Promise<RunningScheduler> {
  const options = completeOptions(given);
  const closing = new Closing(options.logger);
  try {
    return await start(options, closing);
  } catch (error) {
    await closing.run();
    throw error;
  }
}

async function start(options: CompleteOptions, closing: Closing): Promise<RunningScheduler> {
  const { dataDir, logger, host } = options;
  const stopping = new AbortController();

  // What is kept.
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const { databaseUrl } = options;
  const store = await openStore(databaseUrl ? { databaseUrl } : { dataDir });
  closing.add(() => store.close());
  const files = await FileStore.open(join(dataDir, 'artifacts'));
  const assets = new Assets(files, store.artifacts);
  const catalogue = new ModelCatalogue(options.modelFolders, join(dataDir, 'models.json'), store.models, logger);
  catalogue.scan().catch((error: unknown) => logger.error({ err: error }, 'The model folders cannot be read.'));
  const farmAuthority = await openAuthority(store.authority, wrappingSecret(join(dataDir, 'secret')));
  const schedulerId = newId();
  const credentials = await farmAuthority.createCredentials({ role: 'scheduler', id: schedulerId });
  const term = await store.leadership.acquire(schedulerId);

  // What is measured and told.
  const registry = createRegistry();
  const measure = new Measure(schedulerMetrics(registry));
  const pace = new Pace();
  const progress = new LiveProgress();
  const energy = new EnergyMeter({
    store: store.energy,
    logger,
    workOf: (nodeId, slotId) => progress.ofSlot(nodeId, slotId),
    onUsed: (wattHours) => measure.used(wattHours),
  });
  const readiness = new Readiness();
  const bus = await createEventBus({
    ...(options.natsUrl && { natsUrl: options.natsUrl }),
    onStatus: (connected, detail) => logger[connected ? 'info' : 'warn']({ detail }, 'Events between schedulers.'),
  });
  closing.add(() => bus.close());

  // What decides.
  const directory = new NodeDirectory(
    store.nodes,
    (nodeId) => tellNode(nodeId),
    (nodeId) => decisions.ofNode(nodeId).tags,
    () => catalogue.hashes,
  );
  const writer = new DispatchWriter(store.dispatch, logger, () => stepDown());
  closing.add(() => writer.close());
  const must = (work: () => Promise<unknown>) => void keepTrying(work, stopping.signal, logger);
  const memory = new MemoryNeeds(catalogue);
  const predictions = new Predictions(store.scheduling, logger, (costKey, slotType, cost) =>
    dispatcher.tell({ type: 'cost', costKey, slotType, cost }),
  );
  const safety = new Safety(options.safetyChecker, options.safety, store.scheduling);
  const usage = new Usage(
    store.scheduling,
    logger,
    (owner, terms) => dispatcher.tell({ type: 'share', ...owner, ...terms }),
    safety,
  );
  const decisions = new Decisions(store.settings, logger, (subject) => {
    if ('farm' in subject) dispatcher.tell({ type: 'farm-paused', ...subject.farm });
    else if ('chassis' in subject)
      dispatcher.tell({ type: 'chassis-budget', chassis: subject.chassis, watts: subject.wattBudget });
    else {
      dispatcher.nodes.reviewTerms(subject.nodeId);
      if (directory.find(subject.nodeId)) tellNode(subject.nodeId);
    }
  });
  const slotTerms = new SlotTermsReader(directory, decisions);
  closing.add(() => Promise.all([predictions.save(), usage.save(), energy.save()]));
  const dispatcher = new Dispatcher(
    {
      writer,
      logger,
      eligibleNodes: (renderClass, requires) => directory.eligible(renderClass, requires),
      slotTerms: (nodeId, slotId) => slotTerms.of(nodeId, slotId),
      onLetGo: (jobId) => must(() => store.jobs.finishCancelling(jobId)),
      onDrained: (nodeId) => {
        must(() => directory.drained(nodeId));
        must(() => acceptance.idle(nodeId));
      },
      onSuspect: (nodeId, why) => must(() => acceptance.suspect(nodeId, why)),
      costsOf: (renderClass, request) =>
        predictions.costsOf(renderClass, directory.slotTypes, {
          reckoner: memory.reckonerOf(request),
          modelBytes: catalogue.bytesOf(renderClass.models),
        }),
      fetchable: () => catalogue.hashes,
      runOf: (renderClass, slotType, count) => predictions.runOf(renderClass, slotType, count),
      onTooLarge: (renderClass, slotType, group) => predictions.tooLarge(renderClass, slotType, group),
      isKnown: (renderClass) =>
        [...directory.slotTypes].some((slotType) => predictions.of(renderClass, slotType).basis !== 'nothing'),
      onPushed: (seconds) => measure.pushed(seconds),
      onLapsed: () => measure.lapsed(),
      onFailed: (verdict) => measure.ended(verdict === 'dead' ? 'dead' : 'retried'),
    },
    readsOf(store),
    options.policy,
  );
  closing.add(() => dispatcher.close());
  catalogue.onChange = () => dispatcher.nodes.reviewFetchable();
  const acceptance = new Acceptance({
    enabled: options.acceptanceTest,
    directory,
    dispatcher,
    logger,
    onPassed: (nodeId, slots) => {
      for (const slot of slots) predictions.tested(directory.slotType(nodeId, slot.slotId), slot);
    },
  });
  closing.add(() => acceptance.close());
  closing.add(
    store.events.onLogged((events) => {
      for (const event of events) {
        const { state } = event.data as { state?: JobState };
        if (event.type === 'job.changed' && state && finishedJobStates.includes(state)) {
          dispatcher.removeJob(event.jobId!);
          dispatcher.jobEnded(event.jobId!, state);
          pace.forget(event.jobId!);
        }
        bus.publish(event);
      }
    }),
  );

  // Jobs.
  const library = new JobLibrary(store.jobs, { assets, catalogue, safety });
  const feasibility = new Feasibility(directory, memory);
  const jobViews = new JobViews(store.jobs, dispatcher, new Outlook(dispatcher, pace), energy);
  const nodeViews = new NodeViews(
    directory,
    progress,
    store.results,
    (slotKey) => dispatcher.idleFor(slotKey),
    decisions,
  );
  const farmViews = new FarmViews(directory, store.jobs, store.results, dispatcher, decisions, files, energy, version);

  // Pictures.
  let uploadOrigin = '';
  const tickets = new UploadTickets(() => uploadOrigin);
  const intake = new ResultIntake({
    store,
    writer,
    reports: dispatcher.reports,
    tickets,
    library,
    send: (nodeId, message) => dispatcher.send(nodeId, message),
    onAccepted: (key, record) => {
      measure.ended('succeeded');
      if (record) measure.record(record);
      if (!record) return;
      pace.made(key.jobId, key.costKey, slotSecondsOf(record));
      usage.used(dispatcher.ownerOf(key.jobId), slotSecondsOf(record));
      const slotType = directory.slotTypeOfRecord(key.nodeId, record);
      if (slotType) predictions.made(key, slotType, record);
    },
    logger,
  });

  // Nodes.
  const leases = new LeaseClock(options.leaseSeconds * 1000, (nodeId) => {
    sessions.breakOff(nodeId, `it was silent for ${options.leaseSeconds} s`);
    dispatcher.lapseNode(nodeId);
  });
  closing.add(() => leases.close());
  const work = new SessionWork({
    directory,
    acceptance,
    dispatcher,
    leases,
    intake,
    tickets,
    progress,
    onReading: (nodeId, reading) => energy.reading(nodeId, reading),
    onRenewed: (slotType) => predictions.renewed(slotType),
    logger,
  });
  const { leaseSeconds, heartbeatSeconds } = options;
  const sessions = new Sessions(
    {
      ...{ credentials, term, leaseSeconds, heartbeatSeconds, logger },
      ...{ assetUrl: () => `${uploadOrigin}/assets`, modelUrl: () => `${uploadOrigin}/models` },
    },
    work,
  );
  closing.add(() => sessions.close());
  const knocks = new Knocks();
  const desk = new JoinDesk(farmAuthority, store.tokens, directory);

  function stepDown(): void {
    if (readiness.trouble === superseded) return;
    readiness.trouble = superseded;
    logger.error(superseded);
    sessions.close();
  }

  function tellNode(nodeId: string): void {
    progress.publish({ type: 'node.changed', node: nodeViews.of(directory.get(nodeId)) });
  }

  // Up to here nobody was spoken to: now the queue is taken up and the doors open.
  await directory.load();
  await predictions.load();
  await usage.load();
  await decisions.load();
  await rebuildQueue(store.jobs, library, memory, dispatcher, jobViews, logger);
  for (const nodeId of dispatcher.occupiedNodes) leases.heard(nodeId);

  const assetRoute = {
    artifacts: store.artifacts,
    files,
    mayRead: (nodeId: string, sha256: string) =>
      dispatcher.requestsOf(nodeId).some((held) => assetsOf(held).includes(sha256)),
  };
  const uploads = await listenForUploads({
    host,
    port: options.uploadPort,
    credentials,
    tickets,
    files,
    assets: assetRoute,
    models: { find: (sha256) => catalogue.get(sha256) },
    logger,
  });
  closing.add(() => uploads.close());
  uploadOrigin = `https://${authority(options.advertise, uploads.port)}`;
  const registryServer = await serveRegistry({
    host,
    port: options.grpcPort,
    credentials,
    desk,
    knocks,
    directory,
    sessions,
    logger,
  });
  knocks.address = authority(options.advertise, registryServer.port);
  closing.add(() => registryServer.close());
  if (options.announce) closing.add(announce({ name: schedulerId, port: registryServer.port, logger }));

  for (const { row } of directory.all)
    if (row.address !== '' && row.state !== 'off') sessions.keepDialling(row.id, row.address);

  const stream = new EventStream({
    log: store.events,
    bus,
    views: {
      job: async (id) => {
        const job = await store.jobs.get(id);
        return job && jobViews.of(job);
      },
      node: (id) => {
        const node = directory.find(id);
        return node ? nodeViews.of(node) : null;
      },
      result: async (jobId, taskIndex) => {
        const result = await store.results.get({ jobId, taskIndex });
        return result && resultView(result);
      },
    },
    live: progress,
    onWatchers: (watching) => sessions.setWatched(watching),
    logger,
  });
  const grids = new JobGrids(library, store.gallery);
  const jobActions = new JobActions(store.jobs, library, dispatcher, jobViews);
  const providers: Provider[] = [
    { provide: STORE, useValue: store },
    { provide: METRICS, useValue: registry },
    ...[
      assets,
      files,
      catalogue,
      library,
      feasibility,
      jobViews,
      nodeViews,
      farmViews,
      predictions,
      usage,
      decisions,
      energy,
      measure,
      readiness,
      directory,
      desk,
    ].map(provided),
    provided(stream),
    provided(new Thumbnails(join(dataDir, 'thumbnails'), files)),
    provided(new Submit(store.jobs, store.idempotency, library, feasibility, dispatcher, jobViews)),
    provided(jobActions),
    provided(new BulkJobs(store.jobs, jobActions)),
    provided(grids),
    provided(new ContactSheets(library, grids, files)),
    provided(new GalleryDesk(store, files)),
    provided(new FarmHistories(store.insight)),
    provided(knocks),
    provided(new TaskReader(store, library, dispatcher, jobViews)),
    provided(new NodeLogs(directory, sessions)),
    provided(new NodeActions(directory, dispatcher, acceptance, nodeViews, decisions)),
    provided(new ChassisViews(directory, decisions, slotTerms)),
  ];
  // The web framework is most of what a scheduler loads: nodes need not wait for it.
  const { serveApi } = await import('./api/server.js');
  const api = await serveApi(options, providers);
  closing.add(() => api.close());
  closing.add(() => stream.close());
  closing.add(keepHouse({ store, files, tickets, directory, predictions, usage, energy, logger }));
  const reviewHours = () => directory.all.forEach(({ row }) => dispatcher.nodes.reviewTerms(row.id));
  const reviewing = setInterval(reviewHours, hoursReviewedEveryMs);
  closing.add(() => clearInterval(reviewing));
  closing.add(() => stopping.abort());

  readiness.trouble = null;
  const grpcAddress = authority(options.advertise, registryServer.port);
  logger.info({ api: api.url, grpc: grpcAddress, term }, 'The scheduler serves.');
  return {
    apiUrl: api.url,
    grpcAddress,
    databaseUrl: store.databaseUrl,
    createJoinToken: async () => (await desk.createToken()).token,
    close: () => closing.run(),
  };
}

/** Hours of nodes begin and end at most this late. */
const hoursReviewedEveryMs = 10_000;

const superseded = 'Another scheduler has taken the lead of the farm: this one gives out nothing more.';

/** A part under its own class, as Nest injects it. */
const provided = (part: object): Provider => ({ provide: part.constructor as new () => object, useValue: part });

function readsOf({ jobs, tasks }: Store) {
  const takesLeases: JobState[] = ['queued', 'running', 'paused'];
  return {
    taskState: async (key: TaskKey) => {
      const job = await jobs.get(key.jobId);
      if (!job || !takesLeases.includes(job.state)) return 'cancelled' as const;
      return (await tasks.get(key))?.state ?? null;
    },
    attempt: async (attemptId: string) => {
      const attempt = await tasks.attempt(attemptId);
      const task = attempt && (await tasks.get(attempt));
      return task ? { attempt, task } : null;
    },
  };
}
