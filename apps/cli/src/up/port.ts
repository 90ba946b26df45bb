import { createServer } from 'node:net';
import { UsageError } from '../errors.js';

/** Throws a UsageError when something listens on `port`: to be asked before anything is made. */
export async function requireFreePort(host: string, port: number, option = '--port'): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host, port }, resolve));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = { EADDRINUSE: 'is taken by another program', EACCES: 'is not allowed to this user' }[code ?? ''];
    throw new UsageError(
      `port ${port} on ${host} ${why ?? `cannot be used (${message})`}; choose another with ${option}`,
    );
  }
  await new Promise((resolve) => server.close(resolve));
}
