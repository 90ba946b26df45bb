import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { farmQuery, newestQuery, nodesQuery } from '../api/queries.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { Section } from '../ui/page.js';
import { ActiveJobs } from './active-jobs.js';
import styles from './farm-page.module.css';
import { FarmStatus } from './farm-status.js';
import { NewestPictures } from './newest-pictures.js';
import { NodePanel } from './node-panel.js';

/** The farm at a glance: how it is and why, what it has just made, and what every slot does at this moment. */
export function FarmPage() {
  const { data: newest } = useQuery(newestQuery);
  return (
    <>
      <Status />
      {newest !== undefined && newest.length > 0 && (
        <Section title="Latest pictures" aside={<Link to="/pictures">Gallery</Link>}>
          <NewestPictures results={newest} />
        </Section>
      )}
      <ActiveJobs />
      <Nodes />
    </>
  );
}

function Status() {
  const { data: farm, error, refetch } = useQuery(farmQuery);
  if (farm) return <FarmStatus farm={farm} />;
  return error ? (
    <Failure what="The state of the farm" error={error} retry={() => void refetch()} />
  ) : (
    <Loading what="the state of the farm" />
  );
}

function Nodes() {
  const { data: nodes, error, refetch } = useQuery(nodesQuery);
  if (error && !nodes) return <Failure what="The nodes" error={error} retry={() => void refetch()} />;
  if (!nodes) return null;
  return (
    <Section title="Nodes">
      {nodes.length === 0 ? (
        <div className={styles.frame}>
          <Empty title="No node has joined yet">
            <p>
              Make a token with <code>atelier token</code>, then start <code>atelier agent --join HOST:PORT</code> on a
              machine that shall draw.
            </p>
          </Empty>
        </div>
      ) : (
        <ul className={styles.nodes}>
          {nodes.map((node) => (
            <NodePanel key={node.id} node={node} />
          ))}
        </ul>
      )}
    </Section>
  );
}
