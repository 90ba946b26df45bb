import { InputError } from '../errors.js';

/** A file of a model is missing, damaged or not what its place asks for. */
export class CheckpointError extends InputError {}
