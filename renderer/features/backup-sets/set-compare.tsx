import { makeStyles, Select, Text, tokens } from '@fluentui/react-components';
import { PageState } from '../../components/page-state.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { formatInstant, shownZone } from '../../components/format-time.ts';
import { usePagedProcedure, useProcedure } from '../../queries/use-procedure.ts';
import { usePreferences } from '../../state/preferences.ts';
import type { SetAnswer } from './set-coverage.tsx';
import { SetComparison } from './set-comparison.tsx';
import { setWords } from './set-words.ts';
import { useSetsAddress } from './use-sets-address.ts';

const useStyles = makeStyles({
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
  label: { display: 'inline-flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
});

/** The open set beside another one: the set before it, any other of its tenant, or one of another tenant. */
export function SetCompare({ answer }: { answer: SetAnswer }) {
  const styles = useStyles();
  const { address, change } = useSetsAddress();
  const me = useProcedure('session.me', {});
  const zone = usePreferences((state) => shownZone(state.zone, null));
  const { tenantId, id } = answer.set;
  const otherTenant = address.compareTenant ?? tenantId;
  const others = usePagedProcedure('backup-sets.list', { tenantId: otherTenant, pageSize: 500 });
  const choices = others.rows.filter((set) => set.id !== id);
  const isForeign = otherTenant !== tenantId;
  const isImport = answer.set.imported !== null;
  const newestRun = choices.find((set) => set.imported === null)?.id;
  const usual = isForeign ? choices[0]?.id : isImport ? newestRun : (answer.previousId ?? undefined);
  const chosen = address.compareWith ?? usual;
  return (
    <>
      <div className={styles.bar}>
        <label className={styles.label}>
          Compare with a set of
          <Select
            value={otherTenant}
            onChange={(_event, data) =>
              change({
                compareTenant: data.value === tenantId ? undefined : data.value,
                compareWith: undefined,
                setItem: undefined,
              })
            }
          >
            <option value={tenantId}>this tenant</option>
            {me.data?.memberships
              .filter((membership) => membership.tenantId !== tenantId)
              .map((membership) => (
                <option key={membership.tenantId} value={membership.tenantId}>
                  {shortText(membership.tenantName)}
                </option>
              ))}
          </Select>
        </label>
        <label className={styles.label}>
          Set
          <Select
            value={chosen ?? ''}
            onChange={(_event, data) => change({ compareWith: data.value || undefined, setItem: undefined })}
          >
            {chosen === undefined && <option value="">Choose a set</option>}
            {choices.map((set) => (
              <option key={set.id} value={set.id}>
                {setWords(set)}, {formatInstant(set.sealedAt, zone)}
                {set.id === answer.previousId ? ' (the set before)' : ''}
              </option>
            ))}
          </Select>
        </label>
        {isForeign && (
          <Text>Items of two tenants are paired by name; ids are left out of the comparison.</Text>
        )}
      </div>
      {chosen === undefined ? (
        <PageState title="Nothing to compare with">
          {isForeign
            ? 'The other tenant has no backup set that this login may read.'
            : isImport
              ? 'This tenant has no other set yet.'
              : 'This is the first set of its chain. Choose another set.'}
        </PageState>
      ) : (
        <SetComparison
          key={chosen}
          left={{ tenantId: otherTenant, backupSetId: chosen }}
          right={{ tenantId, backupSetId: id }}
        />
      )}
    </>
  );
}
