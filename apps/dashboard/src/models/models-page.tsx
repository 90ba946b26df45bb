import type { ModelView } from '@atelier/contracts/rest';
import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { modelsQuery } from '../api/queries.js';
import { bytes } from '../format/quantity.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { CopyButton } from '../ui/copy.js';
import { PageHead } from '../ui/page.js';
import styles from './models-page.module.css';

const route = getRouteApi('/models');

const kinds: Record<ModelView['kind'], string> = {
  checkpoint: 'Checkpoints',
  lora: 'LoRAs',
  vae: 'VAEs',
  controlnet: 'ControlNets',
  't2i-adapter': 'T2I-Adapters',
  embedding: 'Embeddings',
  upscaler: 'Upscalers',
  motion: 'Motion modules',
  'safety-checker': 'Safety checkers',
};

/** What the farm can draw with, each with the hash by which jobs name it. */
export function ModelsPage() {
  const { kind } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(modelsQuery);
  const models = data?.filter((model) => kind === undefined || model.kind === kind);

  return (
    <>
      <PageHead title="Models">
        <SegmentedControl
          aria-label="Show models"
          value={kind ?? 'all'}
          data={[{ value: 'all', label: 'All' }, ...Object.entries(kinds).map(([value, label]) => ({ value, label }))]}
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
          <Failure what="The models" error={error} retry={() => void refetch()} />
        ) : (
          <Loading what="the models" />
        )
      ) : models.length === 0 ? (
        <Empty title={kind ? `There are no ${kinds[kind]}` : 'The farm has no model yet'}>
          <p>
            Put diffusers folders and LoRA files into a folder and name it in <code>ATELIER_MODELS</code>.
          </p>
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

function Model({ model }: { model: ModelView }) {
  return (
    <li className={styles.model}>
      <div className={styles.name}>
        <h2>{model.name}</h2>
        {model.description !== null && <p>{model.description}</p>}
      </div>
      <span>{model.kind}</span>
      <span>{[model.architecture, model.defaultSize].filter(Boolean).join(' · ')}</span>
      <span className={styles.size}>{bytes(model.bytes)}</span>
      <span className={styles.hash}>
        <code title={model.sha256}>{model.sha256}</code>
        <CopyButton text={model.sha256} what={`the hash of ${model.name}`} />
      </span>
    </li>
  );
}
