const unitMs = { s: 1000, m: 60_000, h: 3600_000, d: 86_400_000 } as const;

/** When a batch's `deadline` is: so long after its submit; null when it has none. */
export function deadlineOf({ deadline }: { deadline?: string | undefined }, submittedAt: Date): Date | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(deadline ?? '') ?? [];
  if (amount === undefined) return null;
  return new Date(submittedAt.getTime() + Number(amount) * unitMs[unit as keyof typeof unitMs]);
}
