/** What this machine is: the part of a node's inventory that is not its GPUs. */
import { statfs } from 'node:fs/promises';
import os from 'node:os';

export interface HostInventory {
  hostname: string;
  os: string;
  cpuModel: string;
  cpuCores: number;
  memoryBytes: number;
  /** Free for us on the disk that holds the folder asked about. */
  diskFreeBytes: number;
  /** Of the first network interface that is not loopback; empty when there is none. */
  macAddress: string;
}

/** Reads the machine; `folder` names the disk that the agent writes to. */
export async function hostInventory(folder: string): Promise<HostInventory> {
  const cpus = os.cpus();
  const disk = await statfs(folder);
  const outward = Object.values(os.networkInterfaces())
    .flat()
    .find((address) => address && !address.internal);
  return {
    hostname: os.hostname(),
    os: `${os.type()} ${os.release()}`,
    cpuModel: cpus[0]?.model.trim() ?? 'unknown',
    cpuCores: cpus.length,
    memoryBytes: os.totalmem(),
    diskFreeBytes: disk.bavail * disk.bsize,
    macAddress: outward?.mac ?? '',
  };
}
