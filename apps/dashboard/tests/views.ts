/** Views of the contract with everything filled in: a test names only what it is about. */
import type { JobView, NodeView, ProgressView, ResultView, SlotView } from '@atelier/contracts/rest';

const time = '2026-11-21T12:00:00.000Z';

export const job = (extra: Partial<JobView> = {}): JobView => ({
  id: 'job',
  name: 'harbour',
  project: 'postcards',
  submittedBy: '',
  state: 'running',
  priority: 0,
  counts: { total: 10, pending: 10, running: 0, succeeded: 0, dead: 0, cancelled: 0, withheld: 0 },
  model: 'postcard',
  createdAt: time,
  startedAt: null,
  finishedAt: null,
  etaSeconds: null,
  etaRange: null,
  warnings: [],
  ...extra,
});

export const slot = (extra: Partial<SlotView> = {}): SlotView => ({
  id: 'slot',
  state: 'idle',
  device: 'CPU',
  provider: 'cpu',
  reason: 'this node has no GPU',
  memoryBytes: 1,
  memoryUsedBytes: null,
  temperatureCelsius: null,
  powerWatts: null,
  utilizationRatio: null,
  checkpoint: null,
  progress: [],
  enginePid: null,
  waitingFor: null,
  ...extra,
});

export const node = (extra: Partial<NodeView> = {}): NodeView => ({
  id: 'node',
  name: 'anvil',
  state: 'ready',
  reason: null,
  chassis: null,
  bay: null,
  address: '127.0.0.1:1',
  metricsAddress: null,
  pid: null,
  os: 'Debian 12',
  cpu: 'a CPU',
  memoryBytes: 1,
  engineBuild: '0.1.0',
  agentVersion: '0.1.0',
  joinedAt: time,
  lastSeenAt: time,
  picturesLastHour: 0,
  test: null,
  limits: { paused: false, tags: [], chassis: null, watts: null, maximumCelsius: null, hours: null },
  slots: [],
  ...extra,
});

export const progress = (extra: Partial<ProgressView> = {}): ProgressView => ({
  attemptId: 'attempt',
  jobId: 'job',
  index: 0,
  nodeId: 'node',
  slotId: 'slot',
  stage: 'denoise',
  step: 1,
  steps: 8,
  ...extra,
});

export const result = (extra: Partial<ResultView> = {}): ResultView => ({
  jobId: 'job',
  index: 0,
  sha256: 'a'.repeat(64),
  withheld: false,
  pixelSha256: 'b'.repeat(64),
  file: '0.png',
  mediaType: 'image/png',
  bytes: 1,
  width: 128,
  height: 128,
  seed: 1,
  prompt: 'a red lighthouse',
  model: 'postcard',
  starred: false,
  tags: [],
  nodeId: 'node',
  attemptId: 'attempt',
  createdAt: time,
  ...extra,
});
