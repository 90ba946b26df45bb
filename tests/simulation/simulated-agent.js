/**
 * A simulated agent: joins, registers and speaks the session like a real one, but draws by formula in a given time instead
 * of running an engine. For tests and benchmarks of everything around the engine; it never ships.
 */
import { createHash, randomUUID } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import { Server, } from '@grpc/grpc-js';
import { agentProto, registryProto } from '@atelier/contracts';
import { certificateToPem, clientCredentials, createCertificateRequest, fetchAndPinAuthority, parseJoinToken, serverCredentials, tlsClientOptions, } from '@atelier/trust';
import sharp from 'sharp';
export class SimulatedFailure extends Error {
    failureCause;
    constructor(failureCause, message) {
        super(message);
        this.failureCause = failureCause;
    }
}
export class SimulatedAgent {
    identity;
    address;
    server;
    options;
    /** Tasks drawn to the end, whatever became of them. */
    drawn = 0;
    session;
    spool;
    watchers = new Set();
    held = new Map();
    queues = new Map();
    constructor(identity, address, server, options) {
        this.identity = identity;
        this.address = address;
        this.server = server;
        this.options = options;
        this.spool = options.spool ?? new Map();
    }
    /** Joins (or returns), serves, and registers: resolves after the scheduler has dialled back. */
    static async start(options) {
        const identity = options.identity ?? (await join(options));
        const server = new Server();
        let agent;
        server.addService(agentProto.AgentServiceService, {
            session: (stream) => agent?.serve(stream),
            watchTelemetry: (stream) => {
                agent?.watchers.add(stream);
                stream.on('cancelled', () => {
                    agent?.watchers.delete(stream);
                    stream.end();
                });
            },
        });
        const port = await new Promise((done, fail) => server.bindAsync('127.0.0.1:0', serverCredentials(identity.credentials), (error, bound) => error ? fail(error) : done(bound)));
        agent = new SimulatedAgent(identity, `127.0.0.1:${port}`, server, options);
        await agent.register();
        return agent;
    }
    /** Cuts every connection at once, as a pulled plug does. Nothing is said, nothing is kept. */
    pull() {
        this.session = undefined;
        for (const attempt of this.held.values())
            attempt.revoked = true;
        this.server.forceShutdown();
    }
    /** Breaks the session, as a network does; the work goes on. */
    cut() {
        this.session?.destroy();
        this.session = undefined;
    }
    async register() {
        const { credentials, options } = clientCredentials(this.identity.credentials, { role: 'scheduler' });
        const client = new registryProto.RegistryServiceClient(this.options.scheduler, credentials, options);
        try {
            await new Promise((done, fail) => client.register({ advertise: this.address, inventory: this.inventory() }, (error) => error ? fail(error) : done()));
        }
        finally {
            client.close();
        }
    }
    slotIds() {
        return Array.from({ length: this.options.slots ?? 1 }, (_, i) => `cpu-${i}`);
    }
    inventory() {
        return {
            hostname: this.options.name ?? 'simulated',
            os: 'simulated',
            cpuModel: 'simulated',
            cpuCores: 1,
            memoryBytes: 2 ** 30,
            diskFreeBytes: 2 ** 30,
            macAddress: '',
            chassis: '',
            bay: 0,
            devices: this.slotIds().map((slotId) => ({
                slotId,
                deviceId: slotId,
                name: 'simulated',
                provider: 'simulated',
                memoryBytes: 2 ** 30,
                driver: '',
                reason: 'this agent is simulated',
            })),
            models: this.options.models ?? [],
            metricsAddress: '',
            agentVersion: 'simulated',
            pid: process.pid,
        };
    }
    serve(stream) {
        stream.on('data', ({ message }) => {
            if (message)
                this.receive(stream, message);
        });
        stream.on('end', () => stream.end());
        stream.on('error', () => { });
    }
    send(message) {
        this.session?.write({ message });
    }
    receive(stream, message) {
        switch (message.$case) {
            case 'open':
                this.session = stream;
                return this.send({ $case: 'hello', value: this.hello() });
            case 'heartbeat':
                return this.send({ $case: 'heartbeat', value: {} });
            case 'assignment':
                return this.accept(message.value);
            case 'revocation':
                for (const id of message.value.attemptIds)
                    this.revoke(id);
                return;
            case 'uploadTicket':
                return void this.upload(message.value);
            case 'acknowledgement':
                this.spool.delete(message.value.attemptId);
                return;
            case 'drain':
                return;
        }
    }
    hello() {
        return {
            protocol: 1,
            minimumProtocol: 1,
            engineBuild: 'simulated',
            expansionVersions: [1],
            features: this.options.features ?? [],
            inventory: this.inventory(),
            slots: this.slotIds().map((slotId) => ({
                slotId,
                state: agentProto.SlotState.SLOT_STATE_IDLE,
                reason: '',
                loadedCheckpoint: '',
                attemptIds: [],
                enginePid: 0,
            })),
            attemptIds: [...this.held.keys()],
            spool: [...this.spool.values()].map(ticketRequest),
        };
    }
    accept({ slotId, leases }) {
        const attemptIds = leases.map(({ attemptId }) => attemptId);
        this.send({
            $case: 'acceptance',
            value: { attemptIds, accepted: true, cause: agentProto.FailureCause.FAILURE_CAUSE_UNSPECIFIED, message: '' },
        });
        for (const lease of leases)
            this.held.set(lease.attemptId, { lease, slotId, revoked: false });
        const before = this.queues.get(slotId) ?? Promise.resolve();
        this.queues.set(slotId, before.then(async () => {
            for (const lease of leases)
                await this.draw(lease);
        }));
    }
    revoke(attemptId) {
        const attempt = this.held.get(attemptId);
        if (attempt)
            attempt.revoked = true;
        this.spool.delete(attemptId);
        this.held.delete(attemptId);
        const cause = agentProto.FailureCause.FAILURE_CAUSE_REVOKED;
        this.send({ $case: 'attemptFailed', value: { attemptId, cause, message: 'Revoked.' } });
    }
    async draw(lease) {
        const { attemptId, request } = lease;
        const attempt = this.held.get(attemptId);
        if (!attempt || attempt.revoked || !request)
            return;
        this.send({ $case: 'attemptStarted', value: { attemptId } });
        const progress = { attemptId, stage: 'denoise', step: 1, steps: request.steps };
        for (const watcher of this.watchers)
            watcher.write({ message: { $case: 'progress', value: progress } });
        const startedAt = new Date();
        try {
            this.options.onTask?.(lease);
            await new Promise((wait) => setTimeout(wait, this.options.pictureMs ?? 20));
            if (attempt.revoked)
                return;
            const finished = await paint(lease, startedAt);
            this.drawn++;
            this.held.delete(attemptId);
            this.spool.set(attemptId, finished);
            this.send({ $case: 'uploadTicketRequest', value: ticketRequest(finished) });
        }
        catch (error) {
            this.held.delete(attemptId);
            const cause = error instanceof SimulatedFailure ? error.failureCause : agentProto.FailureCause.FAILURE_CAUSE_ENGINE_CRASHED;
            this.send({ $case: 'attemptFailed', value: { attemptId, cause, message: error.message } });
        }
    }
    async upload({ attemptId, url, authorization }) {
        const finished = this.spool.get(attemptId);
        if (!finished)
            return;
        // A scheduler that is away asks for the spool when it is back.
        const status = await put(url, authorization, finished.file, this.identity.credentials).catch(() => 503);
        if (status >= 300)
            return;
        const { request } = finished.lease;
        this.send({
            $case: 'attemptUploaded',
            value: {
                attemptId,
                sha256: finished.sha256,
                pixelSha256: finished.pixelSha256,
                width: request.width,
                height: request.height,
                record: {
                    engineBuild: 'simulated',
                    provider: 'simulated',
                    device: 'simulated',
                    groupSize: 1,
                    loadSeconds: 0,
                    encodeSeconds: 0,
                    denoiseSeconds: (finished.finishedAt.getTime() - finished.startedAt.getTime()) / 1000,
                    decodeSeconds: 0,
                    uploadSeconds: 0,
                    renderStartedAt: finished.startedAt,
                    renderFinishedAt: finished.finishedAt,
                },
            },
        });
    }
}
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
function ticketRequest({ lease, file, sha256 }) {
    return { attemptId: lease.attemptId, sha256, bytes: file.length, mediaType: 'image/png' };
}
/** A picture that is a function of the request alone, as a real one is. */
async function paint(lease, startedAt) {
    const { width, height } = lease.request;
    const seed = createHash('sha256').update(JSON.stringify(lease.request)).digest();
    const pixels = Buffer.alloc(width * height * 3);
    for (let i = 0; i < pixels.length; i++)
        pixels[i] = (seed[i % 32] + i) & 255;
    const file = await sharp(pixels, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer();
    return { lease, file, sha256: sha256(file), pixelSha256: sha256(pixels), startedAt, finishedAt: new Date() };
}
async function join({ scheduler, token, name }) {
    const { id, secret, pin } = parseJoinToken(token ?? '');
    const [host = '', port = ''] = scheduler.split(':');
    const authorityPem = await fetchAndPinAuthority(host, Number(port), pin);
    const { der, privateKeyPem } = await createCertificateRequest();
    const { credentials, options } = clientCredentials({ authorityPem }, { role: 'scheduler' });
    const client = new registryProto.RegistryServiceClient(scheduler, credentials, options);
    try {
        const answer = await new Promise((done, fail) => client.join({
            tokenId: id,
            tokenSecret: secret,
            certificateRequest: Buffer.from(der),
            nodeName: name ?? `simulated-${randomUUID().slice(0, 8)}`,
        }, (error, response) => (error ? fail(error) : done(response))));
        const certificatePem = certificateToPem(new Uint8Array(answer.certificate));
        return {
            nodeId: answer.nodeId,
            credentials: { identity: { role: 'node', id: answer.nodeId }, authorityPem, certificatePem, privateKeyPem },
        };
    }
    finally {
        client.close();
    }
}
function put(url, authorization, body, credentials) {
    return new Promise((done, fail) => {
        const call = httpsRequest(url, {
            method: 'PUT',
            headers: { authorization, 'content-type': 'image/png', 'content-length': body.length },
            ...tlsClientOptions(credentials, { role: 'scheduler' }),
        }, (answer) => answer.resume().once('end', () => done(answer.statusCode ?? 0)));
        call.once('error', fail);
        call.end(body);
    });
}
//# sourceMappingURL=simulated-agent.js.map