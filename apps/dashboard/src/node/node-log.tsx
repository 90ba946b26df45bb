import type { NodeLogView } from '@atelier/contracts/rest';
import { NativeSelect, Switch, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { nodeLogsQuery } from '../api/queries.js';
import { timeOfDay } from '../format/quantity.js';
import { t } from '../texts/texts.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { useQuietText } from '../ui/use-quiet-text.js';
import { logLevels } from '../url/search.js';
import styles from './node-log.module.css';

const route = getRouteApi('/nodes/$nodeId');
const ranks: Record<NodeLogView['level'], number> = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, fatal: 5 };

/** The latest lines of a node's agent, as they come. */
export function NodeLog({ nodeId }: { nodeId: string }) {
  const { level, q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(nodeLogsQuery(nodeId));
  const [following, setFollowing] = useState(true);
  const field = useQuietText(
    q,
    (text) =>
      void navigate({ search: (before) => ({ ...before, q: text || undefined }), replace: true, resetScroll: false }),
  );
  if (!data)
    return error ? (
      <Failure what={t.things.logs} error={error} retry={() => void refetch()} />
    ) : (
      <Loading what={t.things.logs} />
    );
  const lines = data.filter(
    (line) => ranks[line.level] >= (level ? ranks[level] : 0) && textOf(line).toLowerCase().includes(q.toLowerCase()),
  );
  return (
    <>
      <div className={styles.tools}>
        <TextInput size="xs" aria-label={t.node.findInLog} placeholder={t.node.findInLog} {...field} />
        <NativeSelect
          size="xs"
          aria-label={t.node.level}
          value={level ?? ''}
          data={[{ value: '', label: t.node.allLevels }, ...logLevels]}
          onChange={({ currentTarget }) =>
            void navigate({
              search: (before) => ({ ...before, level: logLevels.find((name) => name === currentTarget.value) }),
              replace: true,
              resetScroll: false,
            })
          }
        />
        <Switch size="xs" label={t.node.follow} checked={following} onChange={() => setFollowing(!following)} />
      </div>
      {lines.length === 0 ? <Empty title={t.node.noLines} /> : <Lines lines={lines} following={following} />}
    </>
  );
}

const textOf = ({ message, fields }: NodeLogView) =>
  [
    message,
    ...Object.entries(fields).map(
      ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
  ].join(' ');

function Lines({ lines, following }: { lines: readonly NodeLogView[]; following: boolean }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (following && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines, following]);
  return (
    <div ref={list} className={styles.lines} tabIndex={0} role="log" aria-label={t.node.logs}>
      <ol>
        {lines.map((line, i) => (
          <li key={i} data-level={line.level}>
            <time>{line.at === null ? '' : timeOfDay(Date.parse(line.at))}</time>
            <span>{line.level}</span>
            <span>{textOf(line)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
