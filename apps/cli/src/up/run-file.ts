/** `DATA/run.json`: where a running farm is reached, for its owner and for programs. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentReport } from './agent-report.js';

export interface RunFile {
  pid: number;
  api: string;
  grpc: string;
  /** Holds a password where there is one: the file is its owner's only. */
  databaseUrl: string;
  agents: (AgentReport & { pid: number })[];
}

const pathOf = (dataDir: string) => join(dataDir, 'run.json');

/** Synchronous, so that two changes in a row never write in the wrong order; readers see a whole file or none. */
export function writeRunFile(dataDir: string, content: RunFile): void {
  const path = pathOf(dataDir);
  writeFileSync(`${path}.part`, JSON.stringify(content, null, 2) + '\n', { mode: 0o600 });
  renameSync(`${path}.part`, path);
}

export function removeRunFile(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}
