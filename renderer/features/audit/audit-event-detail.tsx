import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { AuditEventRow } from '../../../shared/contract/audit.ts';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { eventChanges } from './event-changes.ts';

const useStyles = makeStyles({
  mono: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: 'anywhere' },
  table: {
    borderCollapse: 'collapse',
    width: '100%',
    '& th, & td': {
      textAlign: 'left',
      verticalAlign: 'top',
      padding: '4px 8px',
      overflowWrap: 'anywhere',
      borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    },
  },
  changed: { fontWeight: tokens.fontWeightSemibold },
});

/** `<tenant id or workspace>_<sequence>` of the address. */
export function parseEventKey(key: string): { tenantId: string | null; sequence: string } {
  const at = key.lastIndexOf('_');
  const chain = key.slice(0, at);
  return { tenantId: chain === 'workspace' ? null : chain, sequence: key.slice(at + 1) };
}

export function eventKey(event: Pick<AuditEventRow, 'tenantId' | 'sequence'>): string {
  return `${event.tenantId ?? 'workspace'}_${event.sequence}`;
}

/** Where the thing that an event is about can be looked at; null where no page shows it. */
function targetOf(event: AuditEventRow): { to: string; search: Record<string, string> } | null {
  const { targetKind, targetId, tenantId } = event;
  if (targetId === null || tenantId === null) return null;
  switch (targetKind) {
    case 'run':
      return { to: '/runs', search: { run: targetId, runTenant: tenantId } };
    case 'schedule':
      return { to: '/schedules', search: { schedule: targetId } };
    case 'tenant':
      return { to: '/tenants', search: { tenant: targetId } };
    case 'set':
    case 'backup_set':
      return { to: '/backup-sets', search: { set: targetId, setTenant: tenantId } };
    default:
      return null;
  }
}

/** One event: who did what to what, what it changed, and its place in the chain. */
export function AuditEventDetail({ eventOf, onClose }: { eventOf: string; onClose: () => void }) {
  const styles = useStyles();
  const answer = useProcedure('audit.get', parseEventKey(eventOf));
  const event = answer.data?.event;
  return (
    <DetailDrawer title={`Event ${parseEventKey(eventOf).sequence}`} open onClose={onClose} size="large">
      {answer.isPending && <LoadingRows label="The event is being read" />}
      {answer.isError && <LoadFailure error={answer.error} retry={() => void answer.refetch()} />}
      {event === null && (
        <PageState title="There is no such event">
          It is of a tenant whose log this login may not read, or it never was.
        </PageState>
      )}
      {event && (
        <>
          <dl>
            <Fact name="Time">
              <InstantText iso={event.at} />
            </Fact>
            <Fact name="Tenant">
              {event.tenantName === null ? 'Workspace' : <TenantText text={event.tenantName} />}
            </Fact>
            <Fact name="Actor">
              <TenantText text={event.actor} />
            </Fact>
            <Fact name="Action">{event.action}</Fact>
            <Fact name="Target">
              <Target event={event} />
            </Fact>
            <Fact name="Outcome">{event.outcome}</Fact>
            {event.reason !== null && <Fact name="Reason">{shortText(event.reason)}</Fact>}
            {event.host !== null && <Fact name="Host">{shortText(event.host)}</Fact>}
            {event.correlationId !== null && <Fact name="Correlation id">{event.correlationId}</Fact>}
          </dl>
          <Changes event={event} />
          <dl>
            <Fact name="Previous hash">
              <span className={styles.mono}>{event.previousHash}</span>
            </Fact>
            <Fact name="Hash">
              <span className={styles.mono}>{event.hash}</span>
            </Fact>
          </dl>
        </>
      )}
    </DetailDrawer>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Target({ event }: { event: AuditEventRow }) {
  const place = targetOf(event);
  const text = [event.targetKind, event.targetId].filter(Boolean).map(String).map(shortText).join(' ');
  if (text === '') return <>None</>;
  return place === null ? (
    <>{text}</>
  ) : (
    <PageLink to={place.to} search={place.search}>
      {text}
    </PageLink>
  );
}

const longestValue = 2000;

function Changes({ event }: { event: AuditEventRow }) {
  const styles = useStyles();
  const changes = eventChanges(event.before, event.after);
  if (changes.length === 0) return <Text>The event holds no details.</Text>;
  const both = event.before !== null;
  return (
    <table className={styles.table} aria-label="Before and after">
      <thead>
        <tr>
          <th scope="col">Detail</th>
          {both && <th scope="col">Before</th>}
          <th scope="col">{both ? 'After' : 'Value'}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ path, before, after, changed }) => (
          <tr key={path}>
            <th scope="row" className={both && changed ? styles.changed : undefined}>
              {shortText(path)}
              {both && changed && ' (changed)'}
            </th>
            {both && <td>{before === null ? '–' : shortText(before.slice(0, longestValue))}</td>}
            <td>{after === null ? '–' : shortText(after.slice(0, longestValue))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
