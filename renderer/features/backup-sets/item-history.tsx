import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { differenceWords } from './difference-words.ts';
import type { ItemAddress } from './use-item-text.ts';
import { useSetsAddress } from './use-sets-address.ts';

const useStyles = makeStyles({
  list: { display: 'grid', gap: tokens.spacingVerticalS },
  version: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
});

/** Each version of an item that the sets of its tenant hold, newest first. */
export function ItemHistory({ item }: { item: ItemAddress }) {
  const styles = useStyles();
  const { change } = useSetsAddress();
  const { tenantId, typeKey, graphId } = item;
  const answer = useProcedure('backup-sets.item-history', { tenantId, typeKey, graphId });
  if (answer.isError) return <LoadFailure error={answer.error} retry={() => void answer.refetch()} />;
  if (!answer.data) return <LoadingRows label="The history is being read" />;
  return (
    <ol className={styles.list} aria-label="History of this item">
      {answer.data.versions.map((version) => (
        <li key={version.backupSetId}>
          <div className={styles.version}>
            <Text weight="semibold">{differenceWords[version.difference]}</Text>
            <Text>
              <InstantText iso={version.sealedAt} />, set {version.seq.toLocaleString()}
              {version.sets > 1 &&
                `, ${version.difference === 'removed' ? 'absent from' : 'the same in'} ${version.sets.toLocaleString()} sets`}
            </Text>
            <Text>
              <TenantText text={version.name} />
            </Text>
            {version.difference !== 'removed' && (
              <Button
                size="small"
                disabled={version.backupSetId === item.backupSetId}
                onClick={() => change({ set: version.backupSetId, setTab: 'browse' })}
              >
                Open version
              </Button>
            )}
            {version.previousSetId !== null && (
              <Button
                size="small"
                onClick={() =>
                  change({
                    set: version.backupSetId,
                    setTab: 'compare',
                    compareWith: version.previousSetId ?? undefined,
                    compareTenant: undefined,
                    setType: typeKey,
                    setItem: graphId,
                  })
                }
              >
                Show what changed
              </Button>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}
