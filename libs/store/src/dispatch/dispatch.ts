import { AtelierError } from '@atelier/contracts';
import type { Database } from '../database/database.js';
import type { Leadership } from '../leadership/types.js';
import { groupCommit } from './group-commit.js';
import type { Dispatch, DispatchOp, Outcomes } from './types.js';
import { writeGroup } from './write-group.js';

/** The dispatcher's writes under the term of `leadership`. `drained` waits for what is under way. */
export function createDispatch(
  database: Database,
  leadership: Pick<Leadership, 'term'>,
): Dispatch & { drained(): Promise<void> } {
  const groups = groupCommit((ops) => {
    const { term } = leadership;
    if (term === null) throw new AtelierError('unavailable', 'This scheduler does not lead the farm yet.');
    return database.transaction((transaction) => writeGroup(transaction, term, ops), 'dispatch');
  });
  return {
    commit: <K extends DispatchOp['kind']>(op: Extract<DispatchOp, { kind: K }>) =>
      groups.commit(op) as Promise<Outcomes[K]>,
    drained: () => groups.drained(),
  };
}
