/** From an engine's word for what went wrong to the farm's. */
import { agentProto } from '@atelier/contracts';
import { EngineError, type EngineErrorCode } from '@atelier/diffusion';
import { Refusal } from './refusal.js';
import { HungError } from './watchdog.js';

const { FailureCause } = agentProto;

const causes: Record<EngineErrorCode, agentProto.FailureCause> = {
  invalid_request: FailureCause.FAILURE_CAUSE_INVALID_REQUEST,
  unsupported: FailureCause.FAILURE_CAUSE_UNSUPPORTED,
  load_failed: FailureCause.FAILURE_CAUSE_LOAD_FAILED,
  out_of_memory: FailureCause.FAILURE_CAUSE_OUT_OF_MEMORY,
  corrupt_output: FailureCause.FAILURE_CAUSE_CORRUPT_OUTPUT,
  cancelled: FailureCause.FAILURE_CAUSE_REVOKED,
  crashed: FailureCause.FAILURE_CAUSE_ENGINE_CRASHED,
};

/** Why a run failed. What is neither an EngineError nor a Refusal counts as a crash: another node may do better. */
export function failureCauseOf(error: unknown): agentProto.FailureCause {
  if (error instanceof Refusal) return error.failureCause;
  if (error instanceof HungError) return FailureCause.FAILURE_CAUSE_TIMED_OUT;
  return error instanceof EngineError ? causes[error.code] : FailureCause.FAILURE_CAUSE_ENGINE_CRASHED;
}
