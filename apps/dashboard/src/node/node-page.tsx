import type { NodeView } from '@atelier/contracts/rest';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { refused, useNodeChange } from '../api/actions.js';
import { nodesQuery } from '../api/queries.js';
import { NodeActions } from '../farm/node-actions.js';
import { SlotCell } from '../farm/slot-cell.js';
import { bytes, dateTime } from '../format/quantity.js';
import { nodeTone } from '../format/tone.js';
import { Fact } from '../picture/fact.js';
import { t } from '../texts/texts.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { PageHead, Section } from '../ui/page.js';
import { StateWord } from '../ui/state-word.js';
import { NodeDangers } from './node-dangers.js';
import { NodeLimitsButton } from './node-limits.js';
import { NodeLog } from './node-log.js';
import styles from './node-page.module.css';

const route = getRouteApi('/nodes/$nodeId');

/** One node: its slots, what it is, what came of its test, and what its agent says. */
export function NodePage() {
  const { nodeId } = route.useParams();
  const { data: nodes, error, refetch } = useQuery(nodesQuery);
  const node = nodes?.find(({ id }) => id === nodeId);
  if (node) return <Node node={node} />;
  if (nodes) return <Empty title={t.node.gone} />;
  return error ? (
    <Failure what={t.things.nodes} error={error} retry={() => void refetch()} />
  ) : (
    <Loading what={t.things.nodes} />
  );
}

function Node({ node }: { node: NodeView }) {
  const { fields, tests } = t.node;
  const { limits } = node;
  const { mutate: change } = useNodeChange(node.id);
  return (
    <>
      <PageHead title={node.name} note={t.rack.lastHour(node.picturesLastHour)}>
        <StateWord tone={nodeTone[node.state]} word={t.states.node[node.state]} />
        <Button onClick={() => change({ paused: !limits.paused }, { onError: refused })}>
          {limits.paused ? t.farm.resume : t.farm.pause}
        </Button>
        <NodeActions node={node} />
        <NodeLimitsButton node={node} />
        <NodeDangers node={node} />
      </PageHead>
      {node.reason !== null && <p className={styles.reason}>{node.reason}</p>}
      <div className={styles.columns}>
        <ul className={styles.slots}>
          {node.slots.map((slot) => (
            <SlotCell key={slot.id} slot={slot} />
          ))}
        </ul>
        <dl aria-label={t.node.about}>
          {node.address && <Fact name={fields.address}>{node.address}</Fact>}
          {node.chassis !== null && (
            <Fact name={fields.place}>
              {node.chassis} / {node.bay ?? '–'}
            </Fact>
          )}
          <Fact name={fields.cpu}>{node.cpu}</Fact>
          <Fact name={fields.memory}>{bytes(node.memoryBytes)}</Fact>
          <Fact name={fields.os}>{node.os}</Fact>
          <Fact name={fields.engine}>{node.engineBuild}</Fact>
          <Fact name={fields.agent}>{node.agentVersion}</Fact>
          <Fact name={fields.joined}>{dateTime(node.joinedAt)}</Fact>
          {limits.tags.length > 0 && <Fact name={fields.tags}>{limits.tags.join(', ')}</Fact>}
          {limits.watts !== null && <Fact name={fields.watts}>{limits.watts} W</Fact>}
          {limits.maximumCelsius !== null && <Fact name={fields.celsius}>{limits.maximumCelsius} °C</Fact>}
          {limits.hours !== null && <Fact name={fields.hours}>{limits.hours}</Fact>}
          {node.test && (
            <Fact name={fields.test}>
              {tests[node.test.outcome]}, {dateTime(node.test.at)}
              {node.test.message && `: ${node.test.message}`}
            </Fact>
          )}
        </dl>
      </div>
      <Section title={t.node.logs}>
        <NodeLog nodeId={node.id} />
      </Section>
    </>
  );
}
