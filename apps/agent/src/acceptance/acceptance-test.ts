/** The acceptance test: each slot draws the demo model's known picture, and it is compared with the reference's. */
import { agentProto } from '@atelier/contracts';
import type { Engine, RenderResult } from '@atelier/diffusion';
import type { Logger } from '@atelier/telemetry';
import type { Models } from '../node/models.js';
import type { Slot } from '../slots/slot.js';
import { renderLimits, Watchdog } from '../slots/watchdog.js';
import { differenceOf } from './compare.js';
import { findReference, type Reference } from './reference.js';

const { SlotTestOutcome } = agentProto;

/** How long a slot that is at work, or whose engine does not come up, is waited for. */
const patienceMs = 120_000;
/** One small picture never takes longer; a slot that needs it is broken. */
const stallMs = 60_000;

export interface AcceptanceParts {
  models: Pick<Models, 'all'>;
  slots: readonly Slot[];
  log: Logger;
}

/** Tests every slot, one after the other. Never rejects: what goes wrong is what a slot failed with. */
export async function testSlots({ models, slots, log }: AcceptanceParts): Promise<agentProto.SlotTest[]> {
  const reference = await findReference(models.all).catch((error: Error) => error);
  const tests: agentProto.SlotTest[] = [];
  for (const slot of slots) tests.push({ ...untested, ...(await testSlot(slot, reference)), slotId: slot.id });
  log.info({ tests }, 'the acceptance test is over');
  return tests;
}

const untested = { message: '', largestDifference: 0, meanDifference: 0, loadSeconds: 0, stepSeconds: 0 };

type Told = Pick<agentProto.SlotTest, 'outcome'> & Partial<agentProto.SlotTest>;

async function testSlot(slot: Slot, reference: Reference | Error | undefined): Promise<Told> {
  if (reference === undefined)
    return {
      outcome: SlotTestOutcome.SLOT_TEST_OUTCOME_SKIPPED,
      message: 'This node has no demo model: it serves without having been tested.',
    };
  if (reference instanceof Error) return failed(reference.message);
  try {
    return judge(await slot.borrow((engine) => draw(engine, reference), patienceMs), reference);
  } catch (error) {
    return failed(`It drew no acceptance picture: ${(error as Error).message}.`);
  }
}

async function draw(engine: Engine, { request }: Reference): Promise<RenderResult> {
  const limits = { ...renderLimits, stallMs };
  const watchdog = new Watchdog(limits, {}, { onHang: () => engine.kill() });
  try {
    return await engine.render(request, { onProgress: (progress) => watchdog.progress(progress) });
  } catch (error) {
    throw watchdog.hung ?? error;
  } finally {
    watchdog.stop();
  }
}

function judge({ pictures, secondsLoad, secondsDenoise, settings }: RenderResult, reference: Reference): Told {
  const difference = pictures[0] && differenceOf(pictures[0], reference.picture);
  if (!difference) return failed('Its acceptance picture has another size than the reference.');
  const { largest, mean } = difference;
  const numbers = {
    largestDifference: largest,
    meanDifference: mean,
    loadSeconds: secondsLoad,
    stepSeconds: secondsDenoise / settings.steps,
  };
  const apart = `differs from the reference by at most ${largest} levels of 255, ${mean.toFixed(2)} on average`;
  if (largest > reference.largestDifference || mean > reference.meanDifference) {
    const allowed = `${reference.largestDifference} and ${reference.meanDifference} are allowed`;
    return { ...failed(`Its acceptance picture ${apart}; ${allowed}.`), ...numbers };
  }
  const pace = `${numbers.stepSeconds.toFixed(3)} s a step, loaded in ${secondsLoad.toFixed(2)} s`;
  return {
    outcome: SlotTestOutcome.SLOT_TEST_OUTCOME_PASSED,
    message: `Its acceptance picture ${apart} (${pace}).`,
    ...numbers,
  };
}

const failed = (message: string): Told & { message: string } => ({
  outcome: SlotTestOutcome.SLOT_TEST_OUTCOME_FAILED,
  message,
});
