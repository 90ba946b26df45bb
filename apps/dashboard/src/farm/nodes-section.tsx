import { nodeStates, type NodeView } from '@atelier/contracts/rest';
import { Button, NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { nodesQuery } from '../api/queries.js';
import { useCommands } from '../commands/registry.js';
import { t } from '../texts/texts.js';
import { Empty, Failure } from '../ui/blank.js';
import { Section } from '../ui/page.js';
import { useQuietText } from '../ui/use-quiet-text.js';
import { filterNodes } from './by-chassis.js';
import { NodesTable } from './nodes-table.js';
import styles from './nodes-section.module.css';
import { Rack } from './rack.js';

/** More nodes than a person looks at one by one: the table comes first. */
const manyNodes = 48;

const route = getRouteApi('/');

/** Every node, as it stands or as a table, as far as the filter lets through. */
export function NodesSection() {
  const { data: nodes, error, refetch } = useQuery(nodesQuery);
  const { q, state, view } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: object) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  const field = useQuietText(q ?? '', (text) => change({ q: text || undefined }));
  useCommands([
    {
      id: 'find-node',
      keys: '/',
      group: 'here',
      title: t.rack.find,
      run: () => document.getElementById('node-search')?.focus(),
    },
  ]);

  if (error && !nodes) return <Failure what={t.things.nodes} error={error} retry={() => void refetch()} />;
  if (!nodes) return null;
  if (nodes.length === 0) return <NoNodes />;
  const shown = filterNodes(nodes, { q, state });
  const look = view ?? (nodes.length > manyNodes ? 'table' : 'rack');
  return (
    <Section
      title={t.rack.title(nodes.length)}
      aside={
        <div className={styles.tools}>
          {(nodes.length > 6 || q || state) && (
            <>
              <TextInput id="node-search" size="xs" aria-label={t.rack.find} placeholder={t.rack.find} {...field} />
              <NativeSelect
                size="xs"
                aria-label={t.rack.state}
                value={state ?? ''}
                data={[{ value: '', label: t.rack.anyState }, ...statesOf(nodes)]}
                onChange={({ currentTarget }) => change({ state: currentTarget.value || undefined })}
              />
            </>
          )}
          <SegmentedControl
            aria-label={t.rack.view}
            value={look}
            data={[
              { value: 'rack', label: t.rack.rack },
              { value: 'table', label: t.rack.table },
            ]}
            onChange={(next) => change({ view: next })}
          />
        </div>
      }
    >
      {shown.length === 0 ? (
        <Empty title={t.rack.noneFound} />
      ) : look === 'table' ? (
        <NodesTable nodes={shown} />
      ) : (
        <Rack nodes={shown} />
      )}
    </Section>
  );
}

/** States that some node is in, with how many. */
function statesOf(nodes: readonly NodeView[]) {
  const counts = new Map<NodeView['state'], number>();
  for (const { state } of nodes) counts.set(state, (counts.get(state) ?? 0) + 1);
  return nodeStates.flatMap((state) => {
    const count = counts.get(state);
    return count ? [{ value: state, label: `${t.states.node[state]} (${count})` }] : [];
  });
}

function NoNodes() {
  return (
    <Section title={t.rack.title(0)}>
      <div className={styles.frame}>
        <Empty title={t.rack.nobody}>
          <p>{t.rack.nobodyHelp}</p>
          <Button renderRoot={(props) => <Link to="/join" {...props} />}>{t.places.join}</Button>
        </Empty>
      </div>
    </Section>
  );
}
