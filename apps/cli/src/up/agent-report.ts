/** What an agent process tells the `atelier up` that started it, over their IPC channel, whenever it changes. */
export interface AgentReport {
  nodeId: string;
  grpc: string;
  metrics: string;
  enginePids: number[];
}

/** How often an agent looks whether its engines are still the same processes. */
const lookMs = 250;

/** Reports to the parent, if there is one that listens. `stop` ends it. */
export function reportToParent(read: () => AgentReport): { stop(): void } {
  if (!process.send) return { stop: () => {} };
  let sent = '';
  const look = () => {
    const report = read();
    const text = JSON.stringify(report);
    if (text === sent || !process.connected) return;
    sent = text;
    process.send!(report);
  };
  look();
  const timer = setInterval(look, lookMs);
  return { stop: () => clearInterval(timer) };
}
