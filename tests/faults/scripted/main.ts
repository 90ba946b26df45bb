/**
 * `node tests/dist/faults/scripted/main.js DATABASE_URL NAME intact|broken`: plays one scene against an empty database and
 * prints what the checker finds. Broken: the caller has started it with the scene's patches.
 */
import { openStore } from '@atelier/store';
import { openPool } from '../ask.js';
import { installAudit } from '../audit.js';
import { check, gather } from '../checker/check.js';
import { followLog } from '../log-reader.js';
import { scriptedVariants } from './variants.js';

const [databaseUrl = '', name, how] = process.argv.slice(2);
const variant = scriptedVariants.find((each) => each.name === name);
if (!variant) throw new Error(`there is no variant ${name}`);
await (await openStore({ databaseUrl })).close();
const pool = openPool(databaseUrl);
await installAudit(pool);
if (how === 'broken') for (const statement of variant.statements) await pool.query(statement);
const reader = followLog(pool, 1);
await variant.play(databaseUrl);
const evidence = await gather(pool, '', () => reader.finish(), { wanted: [], quiet: new Map() });
await pool.end();
console.log(JSON.stringify(check(evidence)));
