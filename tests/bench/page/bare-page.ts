/** What the first screen of the farm's view says, as a document without script or style: the least that a browser can do. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const rows = 24;
const pictures = 8;

interface Listing<T> {
  items: T[];
}

/** Serves the farm's newest pictures and first nodes, as they are now, from a port of its own. */
export async function serveBarePage(api: string): Promise<{ url: string; close: () => void }> {
  const read = async <T>(path: string) => (await (await fetch(`${api}/api/v1${path}`)).json()) as Listing<T>;
  const { items: nodes } = await read<{ name: string; state: string; address: string }>('/nodes');
  const { items: results } = await read<{ sha256: string }>(`/results?pageSize=${pictures}`);
  const files = new Map<string, Buffer>();
  for (const { sha256 } of results) {
    const answer = await fetch(`${api}/api/v1/artifacts/${sha256}/thumbnail`);
    files.set(`/${sha256}`, Buffer.from(await answer.arrayBuffer()));
  }
  const document = `<!doctype html><title>Farm</title><main>
    <ul>${results.map(({ sha256 }) => `<li><img src="/${sha256}" width="132" height="132" alt="" /></li>`).join('')}</ul>
    <div role="table">${nodes
      .slice(0, rows)
      .map(({ name, state, address }) => `<div role="row">${name} ${state} ${address}</div>`)
      .join('')}</div></main>`;
  const server = createServer(({ url = '/' }, response) => {
    const file = files.get(url);
    response.setHeader('content-type', file ? 'image/webp' : 'text/html; charset=utf-8');
    response.end(file ?? document);
  }).listen(0, '127.0.0.1');
  await new Promise((ready) => server.once('listening', ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
}
