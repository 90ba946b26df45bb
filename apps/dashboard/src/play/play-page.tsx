/** One picture at a time: a prompt, a large easel with the live preview, and what was drawn before. */
import type { ModelView, TaskView } from '@atelier/contracts/rest';
import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useRef, useState, type CSSProperties } from 'react';
import { randomKey, refused, useSubmit } from '../api/actions.js';
import { modelsQuery, nodesQuery, taskQuery } from '../api/queries.js';
import { usePreview } from '../api/use-preview.js';
import { useCommands } from '../commands/registry.js';
import { t } from '../texts/texts.js';
import { Bar } from '../ui/bar.js';
import { Empty } from '../ui/blank.js';
import { PageHead } from '../ui/page.js';
import { SmallFile, WholeFile } from '../ui/picture-file.js';
import { playBatch, type PlaySettings } from './play-batch.js';
import styles from './play-page.module.css';

const route = getRouteApi('/play');
/** Pictures of this sitting that stay in reach. */
const remembered = 24;

export function PlayPage() {
  const { prompt = '', model } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: models = [] } = useQuery(modelsQuery);
  const checkpoints = models.filter(({ kind }) => kind === 'checkpoint');
  const chosen = checkpoints.find(({ name }) => name === model) ?? checkpoints[0];
  const [settings, setSettings] = useState<PlaySettings>({
    steps: '',
    guidance: '',
    size: '',
    seed: '',
    negative: '',
    lora: '',
  });
  const [drawn, setDrawn] = useState<string[]>([]);
  const { mutate, isPending } = useSubmit();
  const field = useRef<HTMLTextAreaElement>(null);

  const draw = () => {
    // What is typed may be ahead of the address.
    const words = field.current?.value.trim() ?? '';
    if (words === '' || !chosen) return;
    mutate(
      { text: playBatch(words, chosen.name, settings), idempotencyKey: randomKey() },
      { onSuccess: ({ id }) => setDrawn((before) => [id, ...before].slice(0, remembered)), onError: refused },
    );
  };
  useCommands([{ id: 'draw', keys: 'mod+Enter', group: 'here', title: t.play.draw, run: draw }]);
  const set = (change: Partial<PlaySettings>) => setSettings((before) => ({ ...before, ...change }));

  return (
    <>
      <PageHead title={t.places.play} note={t.play.note} />
      <div className={styles.play}>
        <div className={styles.settings}>
          <Textarea
            ref={field}
            label={t.fields.prompt}
            autosize
            minRows={3}
            maxRows={10}
            defaultValue={prompt}
            onChange={({ currentTarget }) =>
              void navigate({
                search: (before) => ({ ...before, prompt: currentTarget.value || undefined }),
                replace: true,
              })
            }
          />
          <TextInput
            label={t.fields.negative}
            value={settings.negative}
            onChange={({ currentTarget }) => set({ negative: currentTarget.value })}
          />
          <NativeSelect
            label={t.fields.model}
            value={chosen?.name ?? ''}
            data={checkpoints.map(({ name }) => name)}
            onChange={({ currentTarget }) =>
              void navigate({ search: (before) => ({ ...before, model: currentTarget.value }), replace: true })
            }
          />
          <LoraSelect models={models} value={settings.lora} onChange={(lora) => set({ lora })} />
          <div className={styles.row}>
            <TextInput
              type="number"
              label={t.fields.steps}
              placeholder="20"
              value={settings.steps}
              onChange={({ currentTarget }) => set({ steps: currentTarget.value })}
            />
            <TextInput
              type="number"
              step="any"
              label={t.fields.guidance}
              placeholder="7.5"
              value={settings.guidance}
              onChange={({ currentTarget }) => set({ guidance: currentTarget.value })}
            />
          </div>
          <div className={styles.row}>
            <TextInput
              label={t.fields.size}
              placeholder={chosen?.defaultSize ?? ''}
              value={settings.size}
              onChange={({ currentTarget }) => set({ size: currentTarget.value })}
            />
            <TextInput
              type="number"
              label={t.fields.seed}
              placeholder={t.newJob.drawn}
              value={settings.seed}
              onChange={({ currentTarget }) => set({ seed: currentTarget.value })}
            />
          </div>
          <Button variant="filled" size="sm" loading={isPending} disabled={!chosen} onClick={draw}>
            {t.play.draw}
          </Button>
        </div>
        <div className={styles.stage}>
          {drawn[0] ? (
            <Easel key={drawn[0]} jobId={drawn[0]} onSeed={(seed) => set({ seed: String(seed) })} />
          ) : (
            <Empty title={t.play.nothing} />
          )}
          <ul className={styles.strip}>
            {drawn.slice(1).map((jobId) => (
              <Earlier key={jobId} jobId={jobId} />
            ))}
          </ul>
        </div>
      </div>
    </>
  );
}

function LoraSelect({
  models,
  value,
  onChange,
}: {
  models: readonly ModelView[];
  value: string;
  onChange: (name: string) => void;
}) {
  const loras = models.filter(({ kind }) => kind === 'lora').map(({ name }) => name);
  if (loras.length === 0) return null;
  return (
    <NativeSelect
      label={t.fields.lora}
      value={value}
      data={[{ value: '', label: t.grid.none }, ...loras.map((name) => ({ value: name, label: name }))]}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

function Easel({ jobId, onSeed }: { jobId: string; onSeed: (seed: number) => void }) {
  const { data: task } = useQuery({
    ...taskQuery(jobId, 0),
    refetchInterval: ({ state: { data } }) => (data && isOver(data) ? false : 500),
  });
  const preview = usePreview(task?.attempts.at(-1)?.id);
  const { data: progress } = useQuery({
    ...nodesQuery,
    select: (nodes) =>
      nodes.flatMap(({ slots }) => slots.flatMap((slot) => slot.progress)).find((one) => one.jobId === jobId),
  });
  if (!task) return <div className={styles.easel} />;
  const { width, height } = task.result ?? task.settings;
  const failure = task.state === 'dead' ? task.attempts.at(-1)?.message : null;
  return (
    <figure className={styles.easel} style={{ '--ratio': width / height } as CSSProperties}>
      {task.result?.withheld ? (
        <p>{t.picture.withheldHelp}</p>
      ) : task.result ? (
        <Link to="/pictures/$jobId/$index" params={{ jobId, index: 0 }}>
          <WholeFile file={task.result} alt={task.prompt} width={width} height={height} />
        </Link>
      ) : preview ? (
        <img src={preview} alt={t.slot.preview} />
      ) : (
        <p>{failure ?? task.waitingFor ?? t.states.task[task.state]}</p>
      )}
      {!isOver(task) && (
        <Bar
          share={progress && progress.steps > 0 ? progress.step / progress.steps : 0}
          tone="work"
          label={t.states.task[task.state]}
        />
      )}
      <figcaption>
        <span>
          {t.fields.seed} {task.seed}
        </span>
        <Button size="compact-xs" onClick={() => onSeed(task.seed)}>
          {t.play.keepSeed}
        </Button>
      </figcaption>
    </figure>
  );
}

const isOver = ({ state }: TaskView) => state === 'succeeded' || state === 'dead' || state === 'cancelled';

function Earlier({ jobId }: { jobId: string }) {
  const { data: task } = useQuery(taskQuery(jobId, 0));
  if (!task?.result || task.result.withheld) return null;
  return (
    <li>
      <Link to="/pictures/$jobId/$index" params={{ jobId, index: 0 }}>
        <SmallFile file={task.result} alt={task.prompt} />
      </Link>
    </li>
  );
}
