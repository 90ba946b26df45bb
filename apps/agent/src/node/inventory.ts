/** What this node is and has, as it tells the scheduler. */
import { readFileSync } from 'node:fs';
import type { agentProto } from '@atelier/contracts';
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
    hardwareId: '',
  };
}

/** The GPU that a slot's engine computes on; undefined where it computes on the CPU or on a card that we cannot ask. */
export function gpuOf(slot: Slot, gpus: readonly GpuInventory[]): GpuInventory | undefined {
  if (!slot.device || slot.device.provider === 'cpu') return undefined;
  return gpus.find(({ name }) => slot.device!.name.includes(name)) ?? gpus[0];
}

function describeDevice(slot: Slot, gpus: readonly GpuInventory[]): agentProto.Device {
  const { device } = slot;
  const gpu = gpuOf(slot, gpus);
  return {
    slotId: slot.id,
    deviceId: gpu?.uuid ?? device?.provider ?? '',
    name: device?.name ?? '',
    provider: device?.provider ?? '',
    memoryBytes: gpu?.memoryBytes ?? device?.memoryBytes ?? 0,
    driver: gpu?.driver ?? '',
    reason: device?.reason ?? '',
  };
}
