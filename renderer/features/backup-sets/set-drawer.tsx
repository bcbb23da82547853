import { makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { ImportNotice } from './import-notice.tsx';
import { SaveFile } from './save-file.tsx';
import { SetBrowser } from './set-browser.tsx';
import { SetCompare } from './set-compare.tsx';
import { SetCoverage } from './set-coverage.tsx';
import { SetProof } from './set-proof.tsx';
import { SetSearch } from './set-search.tsx';
import { SetState } from './set-state.tsx';
import { setWords } from './set-words.ts';
import { type SetTab, useSetsAddress } from './use-sets-address.ts';

const useStyles = makeStyles({
  stack: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
    paddingBottom: '2rem',
    minWidth: 0,
  },
  facts: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
});

interface SetDrawerProps {
  tenantId: string;
  backupSetId: string;
  onClose: () => void;
}

/** One immutable set: what is in it, what is not and why, what changed, and the proof that it is what was sealed. */
export function SetDrawer({ tenantId, backupSetId, onClose }: SetDrawerProps) {
  const styles = useStyles();
  const { address, change } = useSetsAddress();
  const answer = useProcedure('backup-sets.get', { tenantId, backupSetId });
  const tab = address.setTab ?? 'browse';
  return (
    <DetailDrawer title="Backup set" open onClose={onClose} size="full">
      {answer.isPending && <LoadingRows label="The backup set is being read" />}
      {answer.isError && <LoadFailure error={answer.error} retry={() => void answer.refetch()} />}
      {answer.data && (
        <div className={styles.stack}>
          <div className={styles.facts}>
            <SetState set={answer.data.set} />
            <Text weight="semibold">
              <TenantText text={answer.data.set.tenantName} />, {setWords(answer.data.set)},{' '}
              {answer.data.set.imported === null ? 'sealed' : 'taken'}{' '}
              <InstantText iso={answer.data.set.sealedAt} />, {answer.data.set.items.toLocaleString()} items
              of {answer.data.set.types.toLocaleString()} policy types
            </Text>
          </div>
          <ImportNotice answer={answer.data} onDeleted={onClose} />
          <SetProof answer={answer.data} />
          <div className={styles.facts}>
            <SaveFile
              tenantId={tenantId}
              permission="set.export"
              choices={[{ words: 'Export set as ZIP', wish: { kind: 'set', tenantId, backupSetId } }]}
            />
            <Text>TenantKeep does not restore: a set is read, compared and exported.</Text>
          </div>
          <TabList
            selectedValue={tab}
            onTabSelect={(_event, data) => change({ setTab: data.value as SetTab })}
          >
            <Tab value="browse">Browse</Tab>
            <Tab value="coverage">Coverage</Tab>
            <Tab value="compare">Compare</Tab>
            <Tab value="search">Search</Tab>
          </TabList>
          {tab === 'browse' && <SetBrowser answer={answer.data} />}
          {tab === 'coverage' && <SetCoverage answer={answer.data} />}
          {tab === 'compare' && <SetCompare answer={answer.data} />}
          {tab === 'search' && <SetSearch tenantId={tenantId} backupSetId={backupSetId} />}
        </div>
      )}
    </DetailDrawer>
  );
}
