import { agentProto } from '@atelier/contracts';
import { type Credentials } from '@atelier/trust';
export interface SimulatedAgentOptions {
    /** host:port of the scheduler's RegistryService. */
    scheduler: string;
    /** Join token; with `identity` a returning node needs none. */
    token?: string;
    identity?: SimulatedIdentity;
    name?: string;
    slots?: number;
    /** Milliseconds that a picture takes. @default 20 */
    pictureMs?: number;
    /** Hashes of the models that it claims to have. */
    models?: agentProto.ModelReference[];
    /** Features that it claims. */
    features?: string[];
    /** Called before a task is drawn: throwing a SimulatedFailure fails the attempt. */
    onTask?: (lease: agentProto.Lease) => void;
    /** What is left of an agent that was pulled: pictures in its spool. */
    spool?: SimulatedSpool;
}
export interface SimulatedIdentity {
    nodeId: string;
    credentials: Credentials;
}
export declare class SimulatedFailure extends Error {
    readonly failureCause: agentProto.FailureCause;
    constructor(failureCause: agentProto.FailureCause, message: string);
}
/** Pictures that wait for their acknowledgement, by attempt. */
export type SimulatedSpool = Map<string, Finished>;
export interface Finished {
    lease: agentProto.Lease;
    file: Buffer;
    sha256: string;
    pixelSha256: string;
    startedAt: Date;
    finishedAt: Date;
}
export declare class SimulatedAgent {
    readonly identity: SimulatedIdentity;
    readonly address: string;
    private readonly server;
    private readonly options;
    /** Tasks drawn to the end, whatever became of them. */
    drawn: number;
    private session;
    readonly spool: SimulatedSpool;
    private readonly watchers;
    private readonly held;
    private readonly queues;
    private constructor();
    /** Joins (or returns), serves, and registers: resolves after the scheduler has dialled back. */
    static start(options: SimulatedAgentOptions): Promise<SimulatedAgent>;
    /** Cuts every connection at once, as a pulled plug does. Nothing is said, nothing is kept. */
    pull(): void;
    /** Breaks the session, as a network does; the work goes on. */
    cut(): void;
    private register;
    private slotIds;
    private inventory;
    private serve;
    private send;
    private receive;
    private hello;
    private accept;
    private revoke;
    private draw;
    private upload;
}
