import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useRef, useState } from 'react';
import { randomKey, useSubmit } from '../api/actions.js';
import { batchSchemaQuery, modelsQuery } from '../api/queries.js';
import { useCommands } from '../commands/registry.js';
import { between, count, duration, energy } from '../format/quantity.js';
import { t } from '../texts/texts.js';
import { Loading } from '../ui/blank.js';
import { notify } from '../ui/notices.js';
import { PageHead } from '../ui/page.js';
import { readBatch } from './batch-document.js';
import { BatchForm } from './batch-form.js';
import { exampleBatch } from './example.js';
import styles from './new-job-page.module.css';
import { namesByField } from './model-names.js';
import { fieldsOfParameters, readPngTexts } from './png-text.js';
import { recall } from './recall.js';
import type { Schema } from './schema.js';
import { useDraft } from './use-draft.js';
import { faultOf, useEstimate, type Estimate } from './use-estimate.js';

const YamlEditor = lazy(() => import('./yaml-editor.js').then(({ YamlEditor }) => ({ default: YamlEditor })));

const route = getRouteApi('/jobs/new');

/** A batch as a form and as text, side by side; the farm says what it would make and what it has against it. */
export function NewJobPage() {
  const { data: models } = useQuery(modelsQuery);
  const { text, setText, error } = useDraft(route.useSearch(), models);
  return (
    <>
      <PageHead title={t.places.newJob} note={error?.message ?? t.newJob.note}>
        <Button onClick={() => setText(exampleBatch(models ?? []))}>{t.newJob.startOver}</Button>
      </PageHead>
      {text === null ? <Loading what={t.things.models} /> : <Workbench text={text} setText={setText} />}
    </>
  );
}

function Workbench({ text, setText }: { text: string; setText: (text: string) => void }) {
  const { data: models = [] } = useQuery(modelsQuery);
  const { data: schema } = useQuery(batchSchemaQuery);
  const { fields, fault: unreadable } = useMemo(() => readBatch(text), [text]);
  const [lastFields, setLastFields] = useState(fields ?? {});
  if (fields !== null && fields !== lastFields) setLastFields(fields);
  const estimate = useEstimate(text);
  const { submit, isPending, error } = useSubmission(text);
  const drop = usePngDrop(text, setText);
  useCommands([{ id: 'submit', keys: 'mod+Enter', group: 'here', title: t.newJob.submit, run: submit }]);

  const refusal = error ? faultOf(error, text) : null;
  const fault =
    refusal ?? (unreadable && { ...unreadable, message: unreadable.message || t.newJob.noBatch }) ?? estimate.fault;
  const names = useMemo(() => namesByField(models), [models]);
  return (
    <div className={styles.workbench} {...drop}>
      <fieldset className={styles.left} disabled={fields === null}>
        <legend className={styles.hidden}>{t.newJob.form}</legend>
        <BatchForm
          text={text}
          fields={fields ?? lastFields}
          onChange={setText}
          models={models}
          names={names}
          schema={schema as Schema | undefined}
        />
      </fieldset>
      <div className={styles.right}>
        <Suspense fallback={<Loading what={t.newJob.yaml} />}>
          <YamlEditor
            text={text}
            onChange={setText}
            schema={schema as Schema | undefined}
            names={names}
            fault={fault}
            onSubmit={submit}
          />
        </Suspense>
        <p className={styles.fault} role="status" data-tone="bad">
          {fault?.message}
        </p>
        <div className={styles.actions}>
          <EstimateLine estimate={estimate} />
          <Link to="/models">{t.newJob.whatModels}</Link>
          <Button variant="filled" loading={isPending} onClick={submit}>
            {t.newJob.submit}
          </Button>
        </div>
      </div>
    </div>
  );
}

function useSubmission(text: string) {
  const key = useRef({ text: '', value: '' });
  if (key.current.text !== text) key.current = { text, value: randomKey() };
  const { mutate, isPending, error, variables } = useSubmit();
  const navigate = useNavigate();
  const submit = () =>
    mutate(
      { text, idempotencyKey: key.current.value },
      { onSuccess: ({ id }) => void navigate({ to: '/jobs/$jobId', params: { jobId: id } }) },
    );
  return { submit, isPending, error: variables?.text === text ? error : null };
}

/** Pictures count, time and what the farm warns of. */
function EstimateLine({ estimate: { view, isAsking } }: { estimate: Estimate }) {
  if (!view) return <span className={styles.estimate}>{isAsking ? t.newJob.asking : ''}</span>;
  return (
    <div className={styles.estimate} data-old={isAsking || undefined}>
      <strong>{t.count.pictures(view.tasks)}</strong>
      {view.seconds !== null && (
        <span title={view.reason}>
          {' · '}
          {t.newJob.about(duration(view.seconds))}
          {view.range && ` (${between(view.range)})`}
        </span>
      )}
      {view.wattHours !== null && <span> · {t.newJob.about(energy(view.wattHours))}</span>}
      {view.seconds === null && <span> · {view.reason}</span>}
      {view.renderClasses > 1 && <span> · {t.newJob.classes(count(view.renderClasses))}</span>}
      {view.warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
    </div>
  );
}

/** A PNG that is dropped on the page gives its request. */
function usePngDrop(text: string, setText: (text: string) => void) {
  const [over, setOver] = useState(false);
  const isFile = (event: React.DragEvent) => event.dataTransfer.types.includes('Files');
  return {
    'data-over': over || undefined,
    onDragOver: (event: React.DragEvent) => {
      if (!isFile(event)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: React.DragEvent) => {
      if (!isFile(event)) return;
      event.preventDefault();
      setOver(false);
      const [file] = event.dataTransfer.files;
      if (file) void takePng(file, text, setText);
    },
  };
}

async function takePng(file: File, text: string, setText: (text: string) => void): Promise<void> {
  const parameters = readPngTexts(new Uint8Array(await file.arrayBuffer())).get('parameters');
  if (parameters === undefined) return notify({ tone: 'bad', text: t.newJob.noParameters(file.name) });
  setText(recall(text, fieldsOfParameters(parameters), 'all'));
  notify({ tone: 'good', text: t.newJob.taken(file.name) });
}
