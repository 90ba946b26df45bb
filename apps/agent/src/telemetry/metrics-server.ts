/** `GET /metrics` for Prometheus, on loopback only: it needs no password there. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from '@atelier/telemetry';

export interface MetricsServer {
  /** host:port */
  address: string;
  close(): Promise<void>;
}

/** Serves `registry` on 127.0.0.1. @param port 0: any free one */
export async function serveMetrics(registry: Registry, port = 0): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics')
      return void response.writeHead(404, { 'content-type': 'text/plain' }).end('Only GET /metrics is served here.\n');
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: Error) => response.writeHead(500, { 'content-type': 'text/plain' }).end(`${error.message}\n`),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
