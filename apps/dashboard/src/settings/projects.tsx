/** What each project has had of the farm, and what it may have. */
import { safetyPolicies, type SafetyPolicy, type ShareView } from '@atelier/contracts/rest';
import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useShareChange, type ShareChange } from '../api/actions.js';
import { projectsQuery } from '../api/queries.js';
import { duration } from '../format/quantity.js';
import { t } from '../texts/texts.js';
import { Bar } from '../ui/bar.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { Section } from '../ui/page.js';
import { QuantityField } from './quantity-field.js';
import styles from './settings-table.module.css';

export function Projects() {
  const { data: projects, error, refetch } = useQuery(projectsQuery);
  const { columns } = t.settings;
  return (
    <Section title={t.settings.projects}>
      {projects === undefined ? (
        error ? (
          <Failure what={t.things.projects} error={error} retry={() => void refetch()} />
        ) : (
          <Loading what={t.things.projects} />
        )
      ) : projects.length === 0 ? (
        <Empty title={t.settings.noProjects} />
      ) : (
        <>
          <p className={styles.help}>{t.settings.projectsHelp}</p>
          <div className={styles.scroll}>
            <table className={styles.table}>
              <thead>
                <tr>
                  {[columns.name, columns.used, columns.weight, columns.budget, columns.slots, columns.safety].map(
                    (name) => (
                      <th key={name} scope="col">
                        {name}
                      </th>
                    ),
                  )}
                </tr>
              </thead>
              <tbody>
                {projects.flatMap((project) => [
                  <Share key={project.name} share={project} project={project.name} safety={project.safety} />,
                  ...project.users.map((user) => (
                    <Share key={`${project.name}/${user.name}`} share={user} project={project.name} />
                  )),
                ])}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Section>
  );
}

interface ShareProps {
  share: ShareView;
  project: string;
  /** The project's own policy, null when it has none; absent in the line of a user, who cannot have one. */
  safety?: SafetyPolicy | null;
}

/** A project's line, or that of a user in it. */
function Share({ share, project, safety }: ShareProps) {
  const isUser = safety === undefined;
  const { name, weight, usedSeconds, budgetSeconds, maximumSlots } = share;
  const { mutate } = useShareChange(project, isUser ? name : null);
  const { columns } = t.settings;
  const change = (next: ShareChange) => mutate(next);
  const spent = budgetSeconds === null ? 0 : usedSeconds / Math.max(1, budgetSeconds);
  return (
    <tr>
      <th scope="row" data-user={isUser || undefined}>
        {name}
      </th>
      <td>
        {duration(usedSeconds)}
        {budgetSeconds !== null && (
          <Bar
            share={Math.min(1, spent)}
            tone={spent >= 1 ? 'bad' : spent > 0.9 ? 'wait' : 'good'}
            label={t.settings.fieldOf(columns.used, name)}
          />
        )}
      </td>
      <td>
        <QuantityField
          label={t.settings.fieldOf(columns.weight, name)}
          value={weight}
          empty="1"
          onDone={(value) => change({ weight: value ?? 1 })}
        />
      </td>
      <td>
        <QuantityField
          label={t.settings.fieldOf(columns.budget, name)}
          value={budgetSeconds === null ? null : budgetSeconds / 3600}
          onDone={(hours) => change({ budgetSeconds: hours === null ? null : hours * 3600 })}
        />
      </td>
      <td>
        <QuantityField
          label={t.settings.fieldOf(columns.slots, name)}
          value={maximumSlots}
          onDone={(slots) => change({ maximumSlots: slots })}
        />
      </td>
      <td>
        {!isUser && (
          <NativeSelect
            size="xs"
            aria-label={t.settings.fieldOf(columns.safety, name)}
            value={safety ?? ''}
            data={[
              { value: '', label: t.settings.safety.farm },
              ...safetyPolicies.map((value) => ({ value, label: t.settings.safety[value] })),
            ]}
            onChange={({ currentTarget }) => change({ safety: (currentTarget.value || null) as SafetyPolicy | null })}
          />
        )}
      </td>
    </tr>
  );
}
