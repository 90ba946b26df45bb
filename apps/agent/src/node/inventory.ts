/** What this node is and has, as it tells the scheduler. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { agentProto } from '@atelier/contracts';
import { describeCanRun, whatCanRun } from '@atelier/diffusion/checkpoint';
import { hostInventory, type GpuInventory } from '@atelier/telemetry';
import type { Slot } from '../slots/slot.js';
import type { Models } from './models.js';

export interface InventorySources {
  /** The folder whose disk the pictures lie on. */
  dataDir: string;
  slots: readonly Slot[];
  gpus: readonly GpuInventory[];
  models: Models;
  metricsAddress: string;
}

export const agentVersion = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** The inventory as it is now. */
export async function takeInventory(sources: InventorySources): Promise<agentProto.Inventory> {
  const { dataDir, slots, gpus, models, metricsAddress } = sources;
  const host = await hostInventory(dataDir);
  return {
    ...host,
    // Which enclosure and place a PC sits in only its enclosure knows.
    chassis: '',
    bay: 0,
    devices: slots.map((slot) => describeDevice(slot, gpus)),
    models: models.references(),
    metricsAddress,
    agentVersion,
    pid: process.pid,
    hardwareId: hardwareIdOf(host.macAddress, gpus, dataDir),
  };
}

/**
 * What tells this machine from others when its certificate is lost; empty without a card that has a UUID of its own,
 * as network addresses repeat among containers. Several agents on one machine differ by their folders.
 */
export function hardwareIdOf(macAddress: string, gpus: readonly GpuInventory[], dataDir: string): string {
  if (gpus.length === 0) return '';
  const parts = [macAddress, ...gpus.map(({ uuid }) => uuid).sort(), resolve(dataDir)];
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** The GPU that a slot's engine computes on; undefined where it computes on the CPU or on a card that we cannot ask. */
export function gpuOf(slot: Slot, gpus: readonly GpuInventory[]): GpuInventory | undefined {
  if (!slot.device || slot.device.provider === 'cpu') return undefined;
  return gpus.find(({ name }) => slot.device!.name.includes(name)) ?? gpus[0];
}

function describeDevice(slot: Slot, gpus: readonly GpuInventory[]): agentProto.Device {
  const { device } = slot;
  const gpu = gpuOf(slot, gpus);
  const memoryBytes = gpu?.memoryBytes ?? device?.memoryBytes ?? 0;
  return {
    slotId: slot.id,
    deviceId: gpu?.uuid ?? device?.provider ?? '',
    name: device?.name ?? '',
    provider: device?.provider ?? '',
    memoryBytes,
    driver: gpu?.driver ?? '',
    reason: device?.reason ?? '',
    canRun: memoryBytes > 0 ? whatCanRun(memoryBytes, device?.precision).map(describeCanRun) : [],
  };
}
