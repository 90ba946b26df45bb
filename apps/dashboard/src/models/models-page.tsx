import type { ModelView } from '@atelier/contracts/rest';
import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useId } from 'react';
import { modelsQuery } from '../api/queries.js';
import { bytes } from '../format/quantity.js';
import { t } from '../texts/texts.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { CopyButton } from '../ui/copy.js';
import { PageHead } from '../ui/page.js';
import styles from './models-page.module.css';

const ModelCard = lazy(() => import('./model-card.js').then(({ ModelCard }) => ({ default: ModelCard })));

const route = getRouteApi('/models');

/** What the farm can draw with, each with the hash by which jobs name it. */
export function ModelsPage() {
  const { kind } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(modelsQuery);
  const kinds = [...new Set(data?.map((model) => model.kind))];
  const models = data?.filter((model) => kind === undefined || model.kind === kind);

  return (
    <>
      <PageHead title={t.places.models}>
        <SegmentedControl
          aria-label={t.models.show}
          className={styles.kinds}
          value={kind ?? 'all'}
          data={[{ value: 'all', label: t.models.all }, ...kinds.map((value) => ({ value, label: kindName(value) }))]}
          onChange={(value) =>
            void navigate({
              search: { kind: value === 'all' ? undefined : (value as ModelView['kind']) },
              replace: true,
            })
          }
        />
      </PageHead>
      {models === undefined ? (
        error ? (
          <Failure what={t.things.models} error={error} retry={() => void refetch()} />
        ) : (
          <Loading what={t.things.models} />
        )
      ) : models.length === 0 ? (
        <Empty title={kind ? t.models.noneOf(kindName(kind)) : t.models.none}>
          <p>{t.models.help}</p>
        </Empty>
      ) : (
        <ul className={styles.list}>
          {models.map((model) => (
            <Model key={model.sha256} model={model} />
          ))}
        </ul>
      )}
    </>
  );
}

const kindName = (kind: ModelView['kind']): string =>
  kind in t.models.kinds ? t.models.kinds[kind as keyof typeof t.models.kinds] : kind;

function Model({ model }: { model: ModelView }) {
  const titleId = useId();
  return (
    <li className={styles.model}>
      <div className={styles.name}>
        <h2 id={titleId}>{model.name}</h2>
        {model.description !== null && (
          <Suspense fallback={<p>{model.description}</p>}>
            <ModelCard markdown={model.description} titleId={titleId} />
          </Suspense>
        )}
      </div>
      <span>{kindName(model.kind)}</span>
      <span>{[model.architecture, model.defaultSize].filter(Boolean).join(' · ')}</span>
      <span className={styles.size}>{bytes(model.bytes)}</span>
      <span className={styles.hash}>
        <code title={model.sha256}>{model.sha256}</code>
        <CopyButton text={model.sha256} what={t.copy.hashOf(model.name)} />
      </span>
    </li>
  );
}
