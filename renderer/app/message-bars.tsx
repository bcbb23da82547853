import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  tokens,
} from '@fluentui/react-components';
import { Dismiss20Regular } from '@fluentui/react-icons';
import { useLocation, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { shortText } from '../components/tenant-text.tsx';
import { InstantText, RelativeText } from '../components/time-text.tsx';
import { useNow } from '../components/use-now.ts';
import { ProcedureError } from '../queries/procedure-error.ts';
import { useProcedure } from '../queries/use-procedure.ts';

/** A lasting state of the whole product. `detail` is what it is about: another one shows it again after a dismissal. */
interface Condition {
  id: string;
  detail: string;
  intent: 'error' | 'warning';
  title: string;
  body: ReactNode;
  /** What protects nobody's data while it lasts cannot be put away. */
  dismissable: boolean;
}

export const statusEveryMs = 10_000;
const offsetWorthTellingMs = 30_000;
const mostShown = 2;

const useStyles = makeStyles({
  bars: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXS },
});

/** At most two, gravest first; putting one away lasts until the state changes. */
export function MessageBars() {
  const styles = useStyles();
  const conditions = useConditions();
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const keys = new Set(conditions.map(({ id, detail }) => `${id} ${detail}`));
  // What went away and comes back is news.
  if ([...dismissed].some((key) => !keys.has(key))) {
    setDismissed(new Set([...dismissed].filter((key) => keys.has(key))));
  }
  const shown = conditions
    .filter(({ id, detail }) => !dismissed.has(`${id} ${detail}`))
    .toSorted((one, other) => Number(one.intent === 'warning') - Number(other.intent === 'warning'));
  return (
    <div className={styles.bars}>
      {shown.slice(0, mostShown).map((condition) => (
        <MessageBar key={condition.id} intent={condition.intent} layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{condition.title}</MessageBarTitle>
            {condition.body}
          </MessageBarBody>
          {condition.dismissable && (
            <MessageBarActions
              containerAction={
                <Button
                  appearance="transparent"
                  aria-label={`Dismiss: ${condition.title}`}
                  icon={<Dismiss20Regular />}
                  onClick={() => setDismissed(new Set([...dismissed, `${condition.id} ${condition.detail}`]))}
                />
              }
            />
          )}
        </MessageBar>
      ))}
    </div>
  );
}

/** True while the server side does not answer: what is shown is what was true then. */
export function useStaleSince(): number | null {
  const status = useProcedure('status.get', {}, { refetchInterval: statusEveryMs });
  return status.isError ? status.dataUpdatedAt : null;
}

function useConditions(): Condition[] {
  const status = useProcedure('status.get', {}, { refetchInterval: statusEveryMs });
  const hosts = useProcedure('hosts.list', {}, { refetchInterval: 30_000 });
  const unknownWords = useUnknownWords();
  const conditions: Condition[] = [];
  if (unknownWords.length > 0) {
    conditions.push({
      id: 'address',
      detail: unknownWords.join(' '),
      intent: 'warning',
      title: 'A part of the address is not known here.',
      dismissable: true,
      body: `It was left out: ${unknownWords.map(shortText).join(', ')}. The link may be damaged, or of another version.`,
    });
  }
  if (status.isError) {
    const { error, dataUpdatedAt, errorUpdatedAt } = status;
    const answer = error instanceof ProcedureError ? error.answer : null;
    const isDatabase = answer?.code.startsWith('database_') === true;
    conditions.push({
      id: 'no answer',
      detail: answer?.code ?? 'nobody',
      intent: 'error',
      title: isDatabase ? 'The database does not answer.' : 'The service does not answer.',
      dismissable: false,
      body: (
        <>
          {answer?.message ?? error.message} {answer?.nextStep} What is shown is as of{' '}
          {dataUpdatedAt === 0 ? 'never' : <InstantText iso={new Date(dataUpdatedAt).toISOString()} />};
          changes are refused and typed text stays. Slots that fall due meanwhile are recorded as missed.{' '}
          <NextTry at={errorUpdatedAt + statusEveryMs} onTry={() => void status.refetch()} />
        </>
      ),
    });
    return conditions;
  }
  if (status.data?.dispatching === false) {
    conditions.push({
      id: 'not dispatching',
      detail: '',
      intent: 'error',
      title: 'No host is dispatching.',
      dismissable: false,
      body: (
        <>
          Last tick: <RelativeText iso={status.data.lastTickAt} absent="never" />. Slots that fall due
          meanwhile are recorded as missed. Start a host with <code>tenantkeep service run</code>.
        </>
      ),
    });
  }
  for (const host of hosts.data?.rows ?? []) {
    if (host.state === 'version_too_old') {
      conditions.push({
        id: `old ${host.id}`,
        detail: host.version ?? '',
        intent: 'warning',
        title: `${host.name} runs a version that is too old.`,
        dismissable: true,
        body: 'The database asks for a newer engine, so this host neither dispatches nor runs. Update TenantKeep there.',
      });
    }
    if (
      host.state === 'alive' &&
      host.clockOffsetMs !== null &&
      Math.abs(host.clockOffsetMs) > offsetWorthTellingMs
    ) {
      conditions.push({
        id: `clock ${host.id}`,
        detail: host.id,
        intent: 'warning',
        title: `The clock of ${host.name} is off by ${Math.round(Math.abs(host.clockOffsetMs) / 1000)} s.`,
        dismissable: true,
        body: "Slots are unaffected, because the database's clock decides. Log lines of that computer carry wrong times; set its clock.",
      });
    }
  }
  return conditions;
}

/** The address that the page was opened with; the router cleans it before anything is shown. */
const openedWith = window.location.hash;

/** What stands in the address and means nothing to the pages, by name. */
function useUnknownWords(): string[] {
  const location = useLocation();
  const understood = useSearch({ strict: false }) as Record<string, unknown>;
  const isKnown = (key: string): boolean => understood[key] !== undefined;
  const [atStart] = useState(() => ({
    path: location.pathname,
    words: [...new URLSearchParams(openedWith.split('?')[1] ?? '').keys()].filter((key) => !isKnown(key)),
  }));
  const given = location.search as Record<string, unknown>;
  return [
    ...new Set([
      ...(location.pathname === atStart.path ? atStart.words : []),
      ...Object.keys(given).filter((key) => given[key] !== undefined && !isKnown(key)),
    ]),
  ];
}

function NextTry({ at, onTry }: { at: number; onTry: () => void }) {
  const seconds = Math.max(0, Math.ceil((at - useNow()) / 1000));
  return (
    <>
      <span aria-hidden>Next try {seconds === 0 ? 'now' : `in ${seconds} s`}. </span>
      <Button size="small" onClick={onTry}>
        Try now
      </Button>
    </>
  );
}
