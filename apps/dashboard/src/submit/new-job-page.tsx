import { Button, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useSubmit } from '../api/actions.js';
import { CallError } from '../api/client.js';
import { modelsQuery } from '../api/queries.js';
import { PageHead } from '../ui/page.js';
import { exampleBatch } from './example.js';
import styles from './new-job-page.module.css';

/** A batch in YAML goes to the farm as it stands; what the farm has against it is shown at the text. */
export function NewJobPage() {
  const { data: models } = useQuery(modelsQuery);
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? exampleBatch(models ?? []);
  const key = useRef({ text: '', value: '' });
  if (key.current.text !== text) key.current = { text, value: randomKey() };
  const { mutate, isPending, error } = useSubmit();
  const navigate = useNavigate();

  const submit = () =>
    mutate(
      { text, idempotencyKey: key.current.value },
      { onSuccess: ({ id }) => void navigate({ to: '/jobs/$jobId', params: { jobId: id } }) },
    );
  return (
    <>
      <PageHead title="New job" note="A batch: prompts, settings, and a matrix of what shall vary." />
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Textarea
          label="Batch (YAML)"
          value={text}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) submit();
          }}
          error={error && sentence(error)}
          autosize
          minRows={16}
          maxRows={40}
          spellCheck={false}
          classNames={{ input: styles.text }}
        />
        <div className={styles.actions}>
          <Button type="submit" variant="filled" loading={isPending}>
            Submit
          </Button>
          <span>or Ctrl + Enter</span>
          <Link to="/models">What models there are</Link>
        </div>
      </form>
    </>
  );
}

/** The farm's own words, with the place in the batch that they are about. */
function sentence(error: Error): string {
  return error instanceof CallError && error.where !== null ? `${error.where}: ${error.message}` : error.message;
}

/** The same text sent twice makes one job. Not `randomUUID`, which browsers keep from pages on plain http. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
