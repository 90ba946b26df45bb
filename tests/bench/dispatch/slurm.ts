/** Slurm's job arrays: a controller and one node of 64 declared CPUs on this machine, each element a script that does nothing. */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { wait } from '../../faults/faults/fault.js';
import { debianProgram } from '../../support/debian.js';
import { freePort } from '../../support/farm.js';

export interface SlurmRate {
  /** Null where Slurm could not be set up. */
  perSecond: number | null;
  version: string | null;
  tasks: number;
  reason: string;
}

const run = promisify(execFile);

/** From `sbatch` to the end of the array's last element. */
export async function measureSlurm(tasks: number): Promise<SlurmRate> {
  const none = { perSecond: null, version: null, tasks: 0 };
  if (process.getuid?.() !== 0) return { ...none, reason: 'its daemons need root' };
  const folder = mkdtempSync(join(tmpdir(), 'atelier-slurm-'));
  const daemons: ChildProcess[] = [];
  try {
    await debianProgram('slurm-wlm', () => (existsSync('/usr/sbin/slurmctld') ? '/usr/sbin/slurmctld' : null));
    const env = await startSlurm(folder, daemons);
    const script = join(folder, 'nothing.sh');
    writeFileSync(script, '#!/bin/sh\nexec true\n', { mode: 0o755 });
    const began = performance.now();
    await run('sbatch', ['--wait', `--array=1-${tasks}`, '--output=/dev/null', '--mem=1', script], {
      env,
      timeout: 300_000,
    });
    const perSecond = tasks / ((performance.now() - began) / 1000);
    const version = execFileSync('slurmctld', ['-V'], { encoding: 'utf8' }).trim().split(' ').at(-1)!;
    return { perSecond, version, tasks, reason: 'each element is a process of its own' };
  } catch (error) {
    return { ...none, reason: `it could not be set up: ${(error as Error).message.split('\n')[0]}` };
  } finally {
    for (const daemon of daemons.reverse()) daemon.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts munge, controller and node daemon in `folder`; gives the environment of commands that talk to them. */
async function startSlurm(folder: string, daemons: ChildProcess[]): Promise<NodeJS.ProcessEnv> {
  const socket = join(folder, 'munge.sock');
  const key = join(folder, 'munge.key');
  writeFileSync(key, randomBytes(1024), { mode: 0o400 });
  for (const name of ['state', 'spool']) mkdirSync(join(folder, name));
  const config = join(folder, 'slurm.conf');
  writeFileSync(config, configuration(folder, socket, await freePort(), await freePort()));
  const env = { ...process.env, SLURM_CONF: config };
  const start = (program: string, args: readonly string[]) =>
    daemons.push(spawn(program, args, { env, stdio: 'ignore' }));
  start('munged', [
    ...['--foreground', '--force', `--socket=${socket}`, `--key-file=${key}`],
    ...['pid', 'log', 'seed'].map((kind) => `--${kind}-file=${join(folder, `munge.${kind}`)}`),
  ]);
  while (!existsSync(socket)) await wait(50);
  start('slurmctld', ['-D', '-f', config]);
  start('slurmd', ['-D', '-f', config]);
  for (let tries = 0; tries < 100; tries++) {
    const { stdout } = await run('sinfo', ['--noheader', '--format=%T'], { env }).catch(() => ({ stdout: '' }));
    if (stdout.trim() === 'idle') return env;
    await wait(200);
  }
  throw new Error('its node did not come up');
}

const configuration = (folder: string, socket: string, controllerPort: number, nodePort: number) => `
ClusterName=bench
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
AuthType=auth/munge
AuthInfo=socket=${socket}
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/controller.pid
SlurmdPidFile=${folder}/node.pid
SlurmctldLogFile=${folder}/controller.log
SlurmdLogFile=${folder}/node.log
SlurmUser=root
SlurmdUser=root
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MaxArraySize=100001
MaxJobCount=100000
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
SlurmdParameters=config_overrides
NodeName=${hostname()} NodeAddr=127.0.0.1 CPUs=64 RealMemory=1000
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
