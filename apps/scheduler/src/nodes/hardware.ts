/** What is another about a machine that was known before. */
import type { agentProto } from '@atelier/contracts';

type Devices = Pick<agentProto.Inventory, 'devices'>;

/**
 * Names cards and drivers that are not what they were, in sentences that end with a space; empty when nothing changed.
 * Cards are known by their UUIDs: in another order they are the same.
 */
export function whatChanged({ devices: before }: Devices, { devices: after }: Devices): string {
  const gone = before.filter((device) => !find(after, device));
  const come = after.filter((device) => !find(before, device));
  const sentences = come.map((device, i) =>
    gone[i] ? `${label(device)} took the place of ${label(gone[i])}. ` : `${label(device)} was not there before. `,
  );
  const missing = gone.slice(come.length).map((device) => `${label(device)} is gone. `);
  const drivers = after.flatMap((device) => {
    const old = find(before, device)?.driver;
    return old !== undefined && old !== device.driver
      ? [`${device.name} has driver ${device.driver} instead of ${old}. `]
      : [];
  });
  return [...sentences, ...missing, ...drivers].join('');
}

const find = (devices: readonly agentProto.Device[], { deviceId, name }: agentProto.Device) =>
  devices.find((other) => other.deviceId === deviceId && other.name === name);

const label = ({ name, deviceId }: agentProto.Device) => (deviceId.length > 8 ? `${name} (${deviceId})` : name);
