import type { JobDetail } from '@atelier/contracts/rest';
import { Button, SegmentedControl } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../texts/texts.js';
import { CopyButton } from '../ui/copy.js';
import { asCommand, asCurl, asYaml } from './batch-forms.js';
import styles from './batch-text.module.css';

const forms = ['yaml', 'cli', 'curl'] as const;
type Form = (typeof forms)[number];

/** The batch as it was submitted, as a file, a command, or a call; and what the farm added to it. */
export function BatchText({ job }: { job: JobDetail }) {
  const [form, setForm] = useState<Form>('yaml');
  const yaml = asYaml(job.batch);
  const text = form === 'yaml' ? yaml : form === 'cli' ? asCommand(yaml) : asCurl(yaml, location.origin);
  return (
    <div className={styles.batch}>
      <div className={styles.head}>
        <SegmentedControl
          aria-label={t.job.batchAs}
          value={form}
          data={forms.map((value) => ({ value, label: t.job.batchForms[value] }))}
          onChange={(value) => setForm(value as Form)}
        />
        <span>{t.job.seedBase(job.seedBase, job.id)}</span>
        <Button renderRoot={(props) => <Link to="/jobs/new" search={{ like: job.id }} {...props} />}>
          {t.job.again}
        </Button>
        <CopyButton text={text} what={t.copy.batch} />
      </div>
      <pre tabIndex={0} role="region" aria-label={t.job.batch}>
        {text}
      </pre>
    </div>
  );
}
