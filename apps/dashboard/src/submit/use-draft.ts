/** The batch in work: what was recalled, else what was written here before, else an example. */
import type { ModelView } from '@atelier/contracts/rest';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { jobQuery, taskQuery } from '../api/queries.js';
import { asYaml } from '../job/batch-forms.js';
import { placeOf, type Take } from '../url/search.js';
import { exampleBatch } from './example.js';
import { fieldsOfTask, recall } from './recall.js';

const storedAs = 'atelier-draft';

const stored = () => sessionStorage.getItem(storedAs);

interface Wish {
  from?: string | undefined;
  take?: Take | undefined;
  like?: string | undefined;
}

/** Null while what was wished for is being read. */
export function useDraft({ from, take = 'all', like }: Wish, models: readonly ModelView[] | undefined) {
  const place = placeOf(from);
  const { data: task, error: noTask } = useQuery({
    ...taskQuery(place?.jobId ?? '', place?.index ?? 0),
    enabled: place !== null,
  });
  const jobId = like ?? place?.jobId;
  const { data: job, error: noJob } = useQuery({ ...jobQuery(jobId ?? ''), enabled: jobId !== undefined });
  const [text, setText] = useState<string | null>(null);
  const taken = useRef('');

  const wish = [from, take, like].join(' ');
  useEffect(() => {
    if (taken.current === wish || (models === undefined && stored() === null)) return;
    const before = stored() ?? exampleBatch(models ?? []);
    if (place !== null && !noTask && !noJob) {
      if (!task || !job) return;
      setText(recall(before, fieldsOfTask(task, job.batch), take));
    } else if (like !== undefined && !noJob) {
      if (!job) return;
      setText(asYaml(job.batch));
    } else setText(before);
    taken.current = wish;
  }, [wish, place, task, job, noTask, noJob, like, take, models]);

  useEffect(() => {
    if (text !== null) sessionStorage.setItem(storedAs, text);
  }, [text]);
  return { text, setText, error: noTask ?? noJob };
}
