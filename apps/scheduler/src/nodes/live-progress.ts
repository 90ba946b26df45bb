import type { agentProto, FarmEvent, ProgressView } from '@atelier/contracts';

/** What runs now, as told on telemetry: never stored, gone with its attempt. */
export class LiveProgress {
  private readonly byAttempt = new Map<string, ProgressView>();
  /** The attempts of each slot: a list of nodes asks for every one of a thousand. */
  private readonly bySlot = new Map<string, Set<string>>();
  private readonly listeners = new Set<(event: FarmEvent) => void>();

  /** Hears everything that no event of the log tells. Returns how to stop. */
  subscribe(listener: (event: FarmEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  publish(event: FarmEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  /** An attempt went on. */
  note(progress: ProgressView): void {
    this.byAttempt.set(progress.attemptId, progress);
    const slot = slotKey(progress.nodeId, progress.slotId);
    const attempts = this.bySlot.get(slot) ?? new Set();
    this.bySlot.set(slot, attempts.add(progress.attemptId));
    this.publish({ type: 'progress', progress });
  }

  /** A picture of an attempt that is under way. */
  preview({ attemptId, image, mediaType }: agentProto.Preview): void {
    const progress = this.byAttempt.get(attemptId);
    if (!progress || this.listeners.size === 0) return;
    const preview = `data:${mediaType};base64,${Buffer.from(image).toString('base64')}`;
    this.publish({ type: 'progress', progress, preview });
  }

  forget(attemptId: string): void {
    const progress = this.byAttempt.get(attemptId);
    if (!progress) return;
    this.byAttempt.delete(attemptId);
    const slot = slotKey(progress.nodeId, progress.slotId);
    const attempts = this.bySlot.get(slot);
    attempts?.delete(attemptId);
    if (attempts?.size === 0) this.bySlot.delete(slot);
  }

  forgetNode(nodeId: string): void {
    for (const progress of this.byAttempt.values()) if (progress.nodeId === nodeId) this.forget(progress.attemptId);
  }

  ofSlot(nodeId: string, slotId: string): ProgressView[] {
    return [...(this.bySlot.get(slotKey(nodeId, slotId)) ?? [])].flatMap((id) => this.byAttempt.get(id) ?? []);
  }
}

const slotKey = (nodeId: string, slotId: string) => `${nodeId}/${slotId}`;
