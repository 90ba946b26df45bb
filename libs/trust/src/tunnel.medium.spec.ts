import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tunnel, type TunnelChunk } from './tunnel.js';

describe('a tunnel', () => {
  const servers: Server[] = [];
  const sent: TunnelChunk[] = [];
  let paused = 0;
  let opened = 0;
  let near: Tunnel;
  let far: Tunnel;
  let entrance: number;
  beforeEach(async () => {
    const echo = await listening((socket) => {
      opened++;
      socket.pipe(socket);
    });
    near = new Tunnel(streamTo(() => far));
    far = new Tunnel(
      streamTo(() => near),
      () => connect(echo, '127.0.0.1'),
    );
    entrance = await listening((socket) => near.add(socket));
  });
  afterEach(() => {
    near.close();
    for (const server of servers.splice(0)) server.close();
    sent.length = 0;
    paused = opened = 0;
  });

  const listening = async (serve: (socket: Socket) => void) => {
    const server = createServer(serve).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  /** A message stream that is full after each chunk, for a moment. */
  const streamTo = (other: () => Tunnel) => ({
    send: (chunk: TunnelChunk) => {
      sent.push(chunk);
      setImmediate(() => {
        other().receive(chunk);
        (other() === far ? near : far).drained();
      });
      return false;
    },
    pause: () => void paused++,
    resume: () => void paused--,
  });

  it('carries connections side by side, each byte in its place', async () => {
    const messages = [1, 300_000, 2_000_000].map((length) => randomBytes(length));
    const answers = await Promise.all(
      messages.map(async (message) => {
        const socket = connect(entrance, '127.0.0.1');
        const parts: Buffer[] = [];
        let length = 0;
        const whole = new Promise<void>((resolve) =>
          socket.on('data', (part: Buffer) => {
            parts.push(part);
            if ((length += part.length) === message.length) resolve();
          }),
        );
        socket.write(message);
        await whole;
        socket.destroy();
        return Buffer.concat(parts);
      }),
    );
    expect(answers.map((answer, i) => answer.equals(messages[i]!))).toEqual([true, true, true]);
    await expect.poll(() => sent.filter(({ end }) => end).length).toBeGreaterThanOrEqual(3);
    expect(paused).toBe(0);
  });

  it('opens nothing for what comes late, and ends what the other end has left', async () => {
    const socket = connect(entrance, '127.0.0.1');
    socket.write('a');
    await once(socket, 'data');
    near.receive({ connection: 1, data: Buffer.from('z'), end: true });
    expect((await buffer(socket)).toString()).toBe('z');
    far.receive({ connection: 1, data: Buffer.from('late'), end: false });
    near.receive({ connection: 7, data: Buffer.from('never opened'), end: false });
    await new Promise((later) => setTimeout(later, 50));
    expect(opened).toBe(1);
  });
});
