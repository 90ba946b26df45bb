import type { TaskView } from '@atelier/contracts/rest';
import { useState } from 'react';
import { Button } from '@mantine/core';
import { t } from '../texts/texts.js';
import { settingRows } from './setting-rows.js';
import styles from './differences.module.css';

/** What was asked for, beside each other: the differences, and on request the rest. */
export function Differences({ left, right }: { left: TaskView; right: TaskView }) {
  const [all, setAll] = useState(false);
  const rows = settingRows(left, right);
  const shown = rows.filter(({ differs }) => all || differs);
  return (
    <section>
      <table className={styles.table}>
        <caption>{shown.length === 0 ? t.compare.sameRequest : t.compare.differences}</caption>
        <tbody>
          {shown.map(({ name, left: a, right: b, differs }) => (
            <tr key={name} data-differs={differs || undefined}>
              <th scope="row">{name in t.fields ? t.fields[name as keyof typeof t.fields] : name}</th>
              <td>{a}</td>
              <td>{b}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Button variant="subtle" color="gray" onClick={() => setAll(!all)}>
        {all ? t.compare.showDifferences : t.compare.showAll}
      </Button>
    </section>
  );
}
