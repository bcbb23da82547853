import { Text } from '@fluentui/react-components';
import { InstantText } from '../../components/time-text.tsx';
import { isTerminal } from '../../../shared/model/run-states.ts';
import type { RunAnswer } from './run-detail.tsx';

/** Which host held the run when, and what became of it, in words. */
export function LeaseHistory({ answer }: { answer: RunAnswer }) {
  const { attempts, run, lastBeatAt } = answer;
  return (
    <section aria-label="Lease history">
      <Text as="h3" weight="semibold">
        Lease history
      </Text>
      <ol>
        {attempts.map((attempt) => {
          const host = attempt.hostName ?? 'an unknown host';
          return (
            <li key={attempt.attempt}>
              Attempt {attempt.attempt}: {host} took the run <InstantText iso={attempt.startedAt} />
              {attempt.keptTypes > 0 && `, keeping ${attempt.keptTypes} finished policy types`}.{' '}
              {attempt.endedAt === null ? (
                <>
                  {host} was last seen <InstantText iso={lastBeatAt} />.
                </>
              ) : (
                <>
                  {endWords(attempt.outcome, host)} <InstantText iso={attempt.endedAt} />.
                </>
              )}
            </li>
          );
        })}
        {run.state === 'interrupted' && (
          <li>
            Nobody took it again; interrupted <InstantText iso={run.finishedAt} />.
          </li>
        )}
        {!isTerminal(run.state) && run.state === 'queued' && <li>The run waits for another host.</li>}
      </ol>
    </section>
  );
}

function endWords(outcome: string | null, host: string): string {
  if (outcome === 'interrupted' || outcome === 'queued') return `${host} was lost or gave it back`;
  return `It ended as ${outcome ?? 'unknown'}`;
}
