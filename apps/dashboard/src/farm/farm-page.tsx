import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { farmQuery, newestQuery } from '../api/queries.js';
import { t } from '../texts/texts.js';
import { Failure, Loading } from '../ui/blank.js';
import { Section } from '../ui/page.js';
import { ActiveJobs } from './active-jobs.js';
import { Alarms } from './alarms.js';
import { FarmStatus } from './farm-status.js';
import { LastHour } from './last-hour.js';
import { NewestPictures } from './newest-pictures.js';
import { NodesSection } from './nodes-section.js';

/** The farm at a glance: how it is and why, what it has just made, and what every slot does at this moment. */
export function FarmPage() {
  const { data: newest } = useQuery(newestQuery);
  return (
    <>
      <Status />
      <Alarms />
      {newest !== undefined && newest.length > 0 && (
        <Section title={t.farm.latest} aside={<Link to="/pictures">{t.places.gallery}</Link>}>
          <NewestPictures results={newest} />
        </Section>
      )}
      <ActiveJobs />
      <NodesSection />
      <LastHour />
    </>
  );
}

function Status() {
  const { data: farm, error, refetch } = useQuery(farmQuery);
  if (farm) return <FarmStatus farm={farm} />;
  return error ? (
    <Failure what={t.things.farm} error={error} retry={() => void refetch()} />
  ) : (
    <Loading what={t.things.farm} />
  );
}
