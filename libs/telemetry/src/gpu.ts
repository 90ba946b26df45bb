/** What nvidia-smi says of the GPUs of this machine. A machine without it has none that we can read. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface GpuInventory {
  /** Stays with the card, also when the order changes. */
  uuid: string;
  name: string;
  memoryBytes: number;
  driver: string;
}

/** Null where the card does not report it. */
export interface GpuReading {
  uuid: string;
  utilizationRatio: number | null;
  memoryUsedBytes: number | null;
  temperatureCelsius: number | null;
  powerWatts: number | null;
}

const MiB = 2 ** 20;

/** The NVIDIA GPUs of this machine, in nvidia-smi's order; empty where there is no driver. */
export async function gpuInventory(): Promise<GpuInventory[]> {
  const rows = await query(['uuid', 'name', 'memory.total', 'driver_version']);
  return rows.map(([uuid = '', name = '', memory = '', driver = '']) => ({
    uuid,
    name,
    memoryBytes: (numberOf(memory) ?? 0) * MiB,
    driver,
  }));
}

/** One reading of every GPU. */
export async function readGpus(): Promise<GpuReading[]> {
  const rows = await query(['uuid', 'utilization.gpu', 'memory.used', 'temperature.gpu', 'power.draw']);
  return rows.map(([uuid = '', utilization = '', memory = '', temperature = '', power = '']) => ({
    uuid,
    utilizationRatio: scaled(utilization, 0.01),
    memoryUsedBytes: scaled(memory, MiB),
    temperatureCelsius: scaled(temperature, 1),
    powerWatts: scaled(power, 1),
  }));
}

/** Rows of nvidia-smi's CSV. Fields are numbers and names without commas. */
export function parseRows(csv: string): string[][] {
  return csv
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((field) => field.trim()));
}

async function query(fields: string[]): Promise<string[][]> {
  try {
    const { stdout } = await promisify(execFile)(
      'nvidia-smi',
      [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'],
      { timeout: 5_000 },
    );
    return parseRows(stdout);
  } catch {
    // No driver, no card, or a driver that does not answer: nothing to read either way.
    return [];
  }
}

function numberOf(field: string): number | null {
  const value = Number(field);
  return field === '' || Number.isNaN(value) ? null : value;
}

function scaled(field: string, factor: number): number | null {
  const value = numberOf(field);
  return value === null ? null : value * factor;
}
