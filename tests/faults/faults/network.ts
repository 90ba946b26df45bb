/**
 * A network that loses or delays packets, by `nft` and `tc` on the loopback device of a network namespace of our own:
 * whoever runs this runs under `unshare --net`, so that nothing outside is touched.
 */
import { execFileSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { asRoot, wait, type Fault } from './fault.js';

const run = (command: string) => execFileSync('/bin/sh', ['-ec', command], { stdio: ['ignore', 'ignore', 'pipe'] });

/** Only in a namespace with nothing but loopback. */
const ownNetwork = () =>
  asRoot() ?? (Object.keys(networkInterfaces()).join() === 'lo' ? null : 'it needs a network namespace of its own');

/** Makes a table of packets to drop, for as long as it stands. */
async function dropping(table: string, rules: readonly string[], ms: number): Promise<void> {
  run(`nft add table inet ${table}; nft add chain inet ${table} in '{ type filter hook input priority 0; }'`);
  try {
    for (const rule of rules) run(`nft add rule inet ${table} in ${rule} drop`);
    await wait(ms);
  } finally {
    run(`nft delete table inet ${table}`);
  }
}

/** Packets from and to the port of one agent go nowhere: nobody is told, both sides just hear nothing. */
export const cutNetwork: Fault = {
  name: 'network cut past the lease',
  weight: 6,
  impossible: ownNetwork,
  async strike({ farm, agent, pastLeaseMs }) {
    const { grpcPort } = farm.agent(agent) ?? {};
    if (grpcPort === undefined) return;
    await dropping(`cut_${grpcPort}`, [`tcp sport ${grpcPort}`, `tcp dport ${grpcPort}`], pastLeaseMs);
  },
};

/** Two megabits for everybody, and one packet in fifty is lost: API, uploads and NATS included. */
export const slowNetwork: Fault = {
  name: 'slow network that loses packets',
  weight: 4,
  impossible: ownNetwork,
  async strike({ random }) {
    run('tc qdisc replace dev lo root tbf rate 2mbit burst 128kb latency 400ms');
    try {
      await dropping('lossy', [String.raw`numgen random mod 100 \< 2`], 3000 + random.below(5000));
    } finally {
      run('tc qdisc del dev lo root');
    }
  },
};
