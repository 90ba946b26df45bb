/** How a machine becomes a node: a token, the one line to paste there, and who has knocked. */
import type { KnockView, TokenView } from '@atelier/contracts/rest';
import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { createToken, refused } from '../api/actions.js';
import { joinsQuery, nodesQuery } from '../api/queries.js';
import { ago, dateTime } from '../format/quantity.js';
import { nodeTone } from '../format/tone.js';
import { t } from '../texts/texts.js';
import { Empty } from '../ui/blank.js';
import { CopyButton } from '../ui/copy.js';
import { Icon } from '../ui/icons.js';
import { PageHead, Section } from '../ui/page.js';
import { StateWord } from '../ui/state-word.js';
import { useNow } from '../ui/use-now.js';
import styles from './join-page.module.css';

export function JoinPage() {
  const { mutate, data: token, isPending } = useMutation({ mutationFn: createToken, onError: refused });
  const { data: joins } = useQuery(joinsQuery);
  return (
    <>
      <PageHead title={t.places.join} note={t.join.note}>
        <Button
          variant="filled"
          loading={isPending}
          leftSection={<Icon name="plug" size={14} />}
          onClick={() => mutate()}
        >
          {token ? t.join.another : t.join.makeToken}
        </Button>
      </PageHead>
      {token && joins && <Line token={token} address={joins.address} />}
      <Section title={t.join.knocks}>
        {!joins || joins.knocks.length === 0 ? (
          <Empty title={t.join.nobody}>
            <p>{t.join.nobodyHelp}</p>
          </Empty>
        ) : (
          <ul className={styles.knocks} aria-live="polite">
            {joins.knocks.map((knock) => (
              <Knock key={`${knock.at}${knock.name}`} knock={knock} />
            ))}
          </ul>
        )}
      </Section>
    </>
  );
}

function Line({ token, address }: { token: TokenView; address: string }) {
  const command = `npx --no-install atelier agent --join ${address} --token ${token.token}`;
  return (
    <div className={styles.line}>
      <p>{t.join.paste}</p>
      <div className={styles.command}>
        <code>{command}</code>
        <CopyButton text={command} what={t.copy.command} />
      </div>
      <p className={styles.help}>{t.join.validUntil(dateTime(token.expiresAt))}</p>
    </div>
  );
}

function Knock({ knock }: { knock: KnockView }) {
  const now = useNow(5000);
  const { data: nodes } = useQuery(nodesQuery);
  const node = nodes?.find(({ id }) => id === knock.nodeId);
  return (
    <li className={styles.knock}>
      <span className={styles.when}>{ago(knock.at, now)}</span>
      <Link to="/" search={{ q: knock.name, view: 'table' }}>
        {knock.name}
      </Link>
      {node ? (
        <StateWord tone={nodeTone[node.state]} word={t.states.node[node.state]} />
      ) : (
        <StateWord tone={knock.outcome === 'joined' ? 'good' : 'bad'} word={t.join.outcomes[knock.outcome]} />
      )}
      {knock.reason !== null && <span className={styles.help}>{knock.reason}</span>}
    </li>
  );
}
