/** What the nodes of each chassis may draw together. */
import type { ChassisView } from '@atelier/contracts/rest';
import { useQuery } from '@tanstack/react-query';
import { useWattBudget } from '../api/actions.js';
import { chassisQuery } from '../api/queries.js';
import { t } from '../texts/texts.js';
import { Failure } from '../ui/blank.js';
import { Section } from '../ui/page.js';
import { QuantityField } from './quantity-field.js';
import styles from './settings-table.module.css';

/** Nothing on a farm whose nodes stand in no chassis. */
export function ChassisBudgets() {
  const { data: chassis = [], error, refetch } = useQuery(chassisQuery);
  const { chassisColumns: columns } = t.settings;
  if (chassis.length === 0)
    return error && <Failure what={t.things.chassis} error={error} retry={() => void refetch()} />;
  return (
    <Section title={t.settings.chassis}>
      <p className={styles.help}>{t.settings.chassisHelp}</p>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              {[columns.name, columns.nodes, columns.most, columns.budget].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {chassis.map((one) => (
              <Budget key={one.id} chassis={one} />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Budget({ chassis: { id, nodes, wattBudget } }: { chassis: ChassisView }) {
  const { mutate } = useWattBudget(id);
  return (
    <tr>
      <th scope="row">{id}</th>
      <td>{nodes.map(({ name }) => name).join(', ')}</td>
      <td>{t.settings.watts(nodes.reduce((sum, { watts }) => sum + watts, 0))}</td>
      <td>
        <QuantityField
          label={t.settings.fieldOf(t.settings.chassisColumns.budget, id)}
          value={wattBudget}
          onDone={mutate}
        />
      </td>
    </tr>
  );
}
