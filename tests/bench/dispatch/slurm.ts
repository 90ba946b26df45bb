/** Slurm's job arrays on this machine. */
export async function measureSlurm(): Promise<{ perSecond: number | null; tasks: number; reason: string }> {
  return { perSecond: null, tasks: 0, reason: 'not set up here' };
}
