/** A farm as it looks after months: pictures by the hundred thousand, nodes by the thousand that are all at work. */
import pg from 'pg';
import sharp from 'sharp';
import { SimulatedAgent } from '../../simulation/simulated-agent.js';
import type { RunFile } from '../../support/farm.js';

/** Files that the pictures share: enough that no screen shows one twice. */
const files = 240;
const jobs = 50;
const insertedAtOnce = 5000;

const colours = ['#c8342c', '#2b5fb8', '#e2a52f', '#2f8a57', '#7a5fae'];
const words = ['lighthouse', 'sailboat', 'castle', 'balloon', 'tree', 'house', 'mountain', 'harbour'];

async function uploadFiles(api: string): Promise<string[]> {
  const hashes: string[] = [];
  for (let i = 0; i < files; i++) {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256" fill="${colours[i % 5]}"/><circle cx="${20 + ((i * 37) % 216)}" cy="${20 + ((i * 53) % 216)}" r="${20 + (i % 40)}" fill="#fff" fill-opacity=".7"/><text x="12" y="240" font-size="28" fill="#111">${i}</text></svg>`;
    const body = await sharp(Buffer.from(svg)).png().toBuffer();
    const answer = await fetch(`${api}/api/v1/assets`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: new Uint8Array(body),
    });
    if (!answer.ok) throw new Error(`POST /assets answered ${answer.status}: ${await answer.text()}`);
    hashes.push(((await answer.json()) as { sha256: string }).sha256);
  }
  return hashes;
}

/** Writes `pictures` results with their jobs, tasks and attempts, the newest a minute old. */
export async function fillPictures({ api, databaseUrl }: RunFile, pictures: number): Promise<void> {
  const hashes = await uploadFiles(api);
  const sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();
  try {
    const perJob = Math.ceil(pictures / jobs);
    await sql.query(
      `INSERT INTO jobs (id, name, project, state, priority, model, batch_text, expansion_version, resolved, seed_base,
                         warnings, total, succeeded, created_at, started_at, finished_at)
       SELECT 'bench-' || j, 'study ' || j, 'bench', 'completed', 0, 'postcard', '{}', 1, '{}', 1, '{}', $1, $1,
              now() - interval '90 days', now() - interval '90 days', now() - interval '1 minute'
       FROM generate_series(0, $2 - 1) AS j`,
      [perJob, jobs],
    );
    for (let from = 0; from < pictures; from += insertedAtOnce) {
      const to = Math.min(pictures, from + insertedAtOnce) - 1;
      await sql.query(
        `WITH picture AS (
           SELECT n, 'bench-' || n / $3 AS job_id, n % $3 AS task_index, 'bench-attempt-' || n AS attempt_id,
                  now() - interval '1 minute' - (($4::int - n) || ' seconds')::interval AS at
           FROM generate_series($1::int, $2::int) AS n
         ), task AS (
           INSERT INTO tasks (job_id, task_index, class_id, state, attempts, attempt_id)
           SELECT job_id, task_index, 0, 'succeeded', 1, attempt_id FROM picture
         )
         INSERT INTO attempts (id, job_id, task_index, number, state, node_id, slot_id, term, leased_at, started_at, finished_at)
         SELECT attempt_id, job_id, task_index, 1, 'succeeded', 'bench-node', 'cpu-0', 1, at, at, at FROM picture`,
        [from, to, perJob, pictures],
      );
      await sql.query(
        `INSERT INTO results (job_id, task_index, attempt_id, node_id, sha256, pixel_sha256, file, seed, prompt, model, created_at)
         SELECT 'bench-' || n / $3, n % $3, 'bench-attempt-' || n, 'bench-node', ($5::text[])[1 + n % array_length($5, 1)], 'p' || n,
                n || '.png', n, 'a ' || ($6::text[])[1 + n % array_length($6, 1)] || ' number ' || n, 'postcard',
                now() - interval '1 minute' - (($4::int - n) || ' seconds')::interval
         FROM generate_series($1::int, $2::int) AS n`,
        [from, to, perJob, pictures, hashes, words],
      );
    }
    await sql.query('ANALYZE');
  } finally {
    await sql.end();
  }
}

/** Nodes that come up at once: more would only wait for each other. */
const startedAtOnce = 8;
const mostTries = 5;

/** Starts `count` simulated agents of one slot. They take an hour for a picture and tell of a step every five seconds. */
export async function startNodes({ api, grpc }: RunFile, count: number): Promise<SimulatedAgent[]> {
  const models = (
    (await (await fetch(`${api}/api/v1/models`)).json()) as { items: { name: string; sha256: string }[] }
  ).items.map(({ name, sha256 }) => ({ name, sha256 }));
  const agents: SimulatedAgent[] = [];
  let next = 0;
  const start = async () => {
    while (next < count) {
      const number = (next += 1);
      agents.push(await join(`node-${String(number).padStart(4, '0')}`));
    }
  };
  const join = async (name: string, tries = 1): Promise<SimulatedAgent> => {
    const { token } = (await (await fetch(`${api}/api/v1/tokens`, { method: 'POST' })).json()) as { token: string };
    const options = { scheduler: grpc, token, name, models, pictureMs: 3600_000, progressEveryMs: 5000 };
    try {
      return await SimulatedAgent.start(options);
    } catch (error) {
      // A machine that carries a thousand nodes beside the farm may be too slow to answer the dial-back in time.
      if (tries === mostTries) throw error;
      return join(name, tries + 1);
    }
  };
  await Promise.all(Array.from({ length: startedAtOnce }, start));
  return agents;
}
