/** Whether nodes make previews: only while somebody watches, and without a thousand of them asked at once. */

/** A reader that reloads the page, or closes one tab for another, is back by then. */
const lingerMs = 30_000;
/** So many nodes are asked at a time: a small farm shows its previews at once, a large one within seconds. */
const askedAtOnce = 16;
const pauseMs = 50;

export interface PreviewAsker {
  setPreviews(previews: boolean): void;
}

/** Asks `askers()` for previews, or for none, when the number of readers goes from none to some and back. */
export class PreviewDemand {
  private wanted = false;
  private lingering: NodeJS.Timeout | undefined;
  private asking: NodeJS.Timeout | undefined;

  constructor(private readonly askers: () => Iterable<PreviewAsker>) {}

  /** What is asked of a node that comes now. */
  get current(): boolean {
    return this.wanted;
  }

  /** Somebody watches from now on, or nobody does. */
  set(watched: boolean): void {
    clearTimeout(this.lingering);
    if (watched === this.wanted) return;
    if (watched) this.ask(true);
    else this.lingering = setTimeout(() => this.ask(false), lingerMs).unref();
  }

  close(): void {
    clearTimeout(this.lingering);
    clearTimeout(this.asking);
  }

  private ask(previews: boolean): void {
    this.wanted = previews;
    clearTimeout(this.asking);
    const waiting = [...this.askers()];
    const next = () => {
      for (const asker of waiting.splice(0, askedAtOnce)) asker.setPreviews(previews);
      if (waiting.length > 0) this.asking = setTimeout(next, pauseMs).unref();
    };
    next();
  }
}
