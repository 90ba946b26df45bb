/** What the farm did lately. */
import type { FarmHistory } from '@atelier/contracts';
import type { Insight } from '@atelier/store';
import { cached } from '../cached.js';

const minuteMs = 60_000;
const shownMinutes = 60;
const mostChanges = 100;
const keptForMs = 2000;

export class FarmHistories {
  /** The last hour: pictures by the minute, changes of nodes and jobs. */
  readonly view: () => Promise<FarmHistory>;

  constructor(private readonly insight: Insight) {
    this.view = cached(keptForMs, () => this.read(new Date()));
  }

  private async read(now: Date): Promise<FarmHistory> {
    const first = Math.floor(now.getTime() / minuteMs) - shownMinutes + 1;
    const since = new Date(first * minuteMs);
    const [minutes, changes, deadTasks] = await Promise.all([
      this.insight.picturesByMinute(since),
      this.insight.changes(since, mostChanges),
      this.insight.deadSince(since),
    ]);
    const picturesPerMinute = Array<number>(shownMinutes).fill(0);
    for (const { minute, pictures } of minutes) {
      const at = Math.floor(minute.getTime() / minuteMs) - first;
      if (at >= 0 && at < shownMinutes) picturesPerMinute[at] = pictures;
    }
    return {
      from: since.toISOString(),
      to: now.toISOString(),
      picturesPerMinute,
      deadTasks,
      changes: changes.map((change) => ({ ...change, at: change.at.toISOString() })),
    };
  }
}
