/** What a GPU provider is worth on this machine, found out by a process of its own. */
import { fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Precision } from '../networks/weights.js';
import { LIFELINE_FD } from './lifeline.js';

/** What the process that checks says, one after the other: what comes before a crash or a hang counts. */
export type GpuFinding =
  /** It computes rightly in this precision; these files of Vulkan drivers are open. */
  | { computes: Precision; drivers: string[] }
  /** How many times faster than the CPU it multiplies large matrices. */
  | { timesFaster: number }
  /** Its operator for attention is right in this precision. */
  | { attention: Precision }
  | { error: string }
  | { finished: true };

export interface GpuProof {
  /** Precisions that it computes rightly in; empty where it does not run at all. */
  computes: Precision[];
  /** Those in which its own operator for attention is right. */
  attention: Precision[];
  /** The Vulkan driver, if it is known to compute on the CPU in truth. */
  software: string | null;
  timesFaster: number | null;
  /** Why it went no further; null where everything was found out. */
  error: string | null;
}

/** Vulkan on a CPU, by the files of its drivers and manifests. */
const SOFTWARE: Record<string, RegExp> = { lavapipe: /lvp|lavapipe/, SwiftShader: /swiftshader/ };
/** As Vulkan's loader takes names of manifests. */
export const SOFTWARE_MANIFESTS = '*lvp*,*lavapipe*,*swiftshader*';

/** Within the time that an engine has to start. */
const TIME_LIMIT_MS = 90_000;
const entry = fileURLToPath(new URL('../../dist/runtime/gpu-check.js', import.meta.url));

/**
 * Lets another process find out what a provider computes rightly.
 *
 * @param options.onlyHardware hides drivers that compute on the CPU, and measures the speed
 */
export function proveGpu(provider: string, { onlyHardware }: { onlyHardware: boolean }): Promise<GpuProof> {
  const env = { ...process.env, ...(onlyHardware && { VK_LOADER_DRIVERS_DISABLE: SOFTWARE_MANIFESTS }) };
  const child = fork(entry, [provider, ...(onlyHardware ? ['speed'] : [])], {
    ...{ env, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc', 'pipe'] },
  });
  (child.stdio[LIFELINE_FD] as Socket).unref();
  const proof: GpuProof = { computes: [], attention: [], software: null, timesFaster: null, error: null };
  return new Promise((done) => {
    const end = (error: string | null) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      done({ ...proof, error: proof.error ?? error });
    };
    const timer = setTimeout(() => end(`it did not answer within ${TIME_LIMIT_MS / 1000} s`), TIME_LIMIT_MS);
    child.on('message', (finding: GpuFinding) => {
      if ('finished' in finding) return end(null);
      note(proof, finding);
    });
    child.once('error', ({ message }) => end(message));
    child.once('exit', (code, signal) => end(`it ended the process by ${signal ?? `exit code ${code}`}`));
  });
}

function note(proof: GpuProof, finding: Exclude<GpuFinding, { finished: true }>): void {
  if ('error' in finding) proof.error = finding.error;
  if ('timesFaster' in finding) proof.timesFaster = finding.timesFaster;
  if ('attention' in finding) proof.attention.push(finding.attention);
  if ('computes' in finding) {
    proof.computes.push(finding.computes);
    proof.software = softwareAmong(finding.drivers);
  }
}

/** The name of the software that drivers are; null where one of them is a card's, or none is known. */
function softwareAmong(drivers: readonly string[]): string | null {
  const names = drivers.map((file) => Object.keys(SOFTWARE).find((name) => SOFTWARE[name]!.test(file)) ?? null);
  return names.length > 0 && names.every((name) => name !== null) ? names[0]! : null;
}
