import type { NodeView } from '@atelier/contracts/rest';
import { t } from '../texts/texts.js';
import { Section } from '../ui/page.js';
import { byChassis, wattsOf, type Chassis } from './by-chassis.js';
import { NodePanel } from './node-panel.js';
import styles from './rack.module.css';

/** Every chassis as it stands, then the nodes that stand alone. */
export function Rack({ nodes }: { nodes: readonly NodeView[] }) {
  const { chassis, others } = byChassis(nodes);
  return (
    <>
      {chassis.map((one) => (
        <ChassisPanel key={one.name} chassis={one} />
      ))}
      {others.length > 0 && (
        <ul className={styles.others}>
          {others.map((node) => (
            <NodePanel key={node.id} node={node} />
          ))}
        </ul>
      )}
    </>
  );
}

function ChassisPanel({ chassis: { name, bays } }: { chassis: Chassis }) {
  const nodes = bays.filter((node) => node !== null);
  const watts = wattsOf(nodes);
  const slots = nodes.flatMap((node) => node.slots);
  const busy = slots.filter(({ state }) => state === 'busy').length;
  return (
    <Section
      title={name}
      aside={
        <span className={styles.about}>
          {t.rack.slots(busy, slots.length)}
          {watts !== null && ` · ${Math.round(watts)} W`}
        </span>
      }
    >
      <ol className={styles.bays} aria-label={t.rack.baysOf(name)}>
        {bays.map((node, i) =>
          node ? (
            <NodePanel key={node.id} node={node} bay={i + 1} />
          ) : (
            <li key={i} className={styles.empty}>
              <span>{t.rack.bay(i + 1)}</span>
              {t.rack.emptyBay}
            </li>
          ),
        )}
      </ol>
    </Section>
  );
}
