import {
  Button,
  Input,
  makeStyles,
  MessageBar,
  MessageBarBody,
  ProgressBar,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';
import type { SetAnswer } from './set-coverage.tsx';
import { PinnedState, VerifiedState } from './set-state.tsx';
import { useWork } from './use-work.ts';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
  hash: { overflowWrap: 'anywhere' },
  bar: { maxWidth: '20rem' },
});

/** Proof, pin and end of a set: what it is, that it is whole, and how long it stays. */
export function SetProof({ answer }: { answer: SetAnswer }) {
  const { tenantId, id: backupSetId, scheduleId, rootHash } = answer.set;
  const styles = useStyles();
  const verify = useProcedureMutation('backup-sets.verify', ['backup-sets']);
  const work = useWork(verify.isPending);
  const removals = useProcedure(
    'backup-sets.removals',
    { scheduleIds: scheduleId === null ? [] : [scheduleId] },
    { enabled: scheduleId !== null },
  );
  const removal = removals.data?.rows.find((row) => row.backupSetId === backupSetId) ?? null;
  return (
    <>
      <div className={styles.row}>
        <VerifiedState set={answer.set} />
        <PermittedButton
          permission="set.verify"
          tenantId={tenantId}
          disabled={verify.isPending}
          onClick={() => verify.mutate({ tenantId, backupSetId, workId: work.begin() })}
        >
          {verify.isPending ? 'Verifying…' : 'Verify set'}
        </PermittedButton>
        {verify.isPending && (
          <>
            <ProgressBar
              className={styles.bar}
              aria-label="Items verified"
              {...(work.progress === null || work.progress.of === 0
                ? {}
                : { value: work.progress.done, max: work.progress.of })}
            />
            <Button onClick={work.cancel}>Cancel verification</Button>
          </>
        )}
        <Text>
          {removal === null ? (
            ''
          ) : removal.removedAt === null ? (
            removalWords[removal.obstacle ?? 'no_next_slot']
          ) : (
            <>
              Retention removes this set on <InstantText iso={removal.removedAt} />.
            </>
          )}
        </Text>
        {answer.set.imported === null && (
          <Pin answer={answer} removedAtUnpinned={removal?.removedAtUnpinned ?? null} />
        )}
      </div>
      {verify.data && (
        <MessageBar intent={verify.data.verified ? 'success' : 'error'} layout="multiline">
          <MessageBarBody className={styles.hash}>
            {verify.data.verified ? (
              <>
                Verified: all {verify.data.items.toLocaleString()} items are what was{' '}
                {answer.set.imported === null ? 'sealed' : 'imported'}. Root{' '}
                <code>{verify.data.rootHash}</code>,{' '}
                {answer.set.imported !== null ? (
                  'outside of the chain.'
                ) : verify.data.previousRootHash === null ? (
                  'the first of its chain.'
                ) : (
                  <>
                    follows <code>{verify.data.previousRootHash}</code>.
                  </>
                )}
              </>
            ) : (
              <>
                Damaged, {verify.data.damages.length.toLocaleString()} findings. First:{' '}
                {verify.data.damages
                  .slice(0, 5)
                  .map((damage) => damage.what)
                  .join(' ')}
              </>
            )}
          </MessageBarBody>
        </MessageBar>
      )}
      {verify.isError && (
        <MessageBar intent="warning">
          <MessageBarBody>{verify.error.message}</MessageBarBody>
        </MessageBar>
      )}
      <div className={styles.hash}>
        Root hash <code>{rootHash}</code>
      </div>
    </>
  );
}

const removalWords = {
  pinned: 'Retention spares this set, because it is pinned.',
  newest_complete_copy:
    'Retention spares this set: it holds the newest complete copy of a policy type, or a rule keeps it for years.',
  no_next_slot: 'No date of removal: the schedule has no next slot.',
} as const;

function Pin({ answer, removedAtUnpinned }: { answer: SetAnswer; removedAtUnpinned: string | null }) {
  const { tenantId, id: backupSetId, pinned } = answer.set;
  const styles = useStyles();
  const [reason, setReason] = useState('');
  const pin = useProcedureMutation('backup-sets.pin', ['backup-sets']);
  const unpin = useProcedureMutation('backup-sets.unpin', ['backup-sets']);
  const problem = pin.error ?? unpin.error;
  return (
    <>
      <div className={styles.row}>
        {pinned === null ? (
          <>
            <Input
              aria-label="Reason for the pin"
              placeholder="Reason for the pin"
              value={reason}
              maxLength={500}
              onChange={(_event, data) => setReason(data.value)}
            />
            <PermittedButton
              permission="set.pin"
              tenantId={tenantId}
              disabled={reason.trim().length < 3 || pin.isPending}
              onClick={() => pin.mutate({ tenantId, backupSetId, reason })}
            >
              Pin set
            </PermittedButton>
          </>
        ) : (
          <>
            <PinnedState>
              Pinned by {pinned.by}: {pinned.reason}
            </PinnedState>
            <PermittedButton
              permission="set.unpin"
              tenantId={tenantId}
              disabled={unpin.isPending}
              onClick={() => unpin.mutate({ tenantId, backupSetId })}
            >
              Unpin set
            </PermittedButton>
            <Text>
              {removedAtUnpinned === null ? (
                'Without its pin it has no date of removal.'
              ) : (
                <>
                  Without its pin it goes on <InstantText iso={removedAtUnpinned} />.
                </>
              )}
            </Text>
          </>
        )}
      </div>
      {problem && (
        <MessageBar intent="error">
          <MessageBarBody>{problem.message}</MessageBarBody>
        </MessageBar>
      )}
    </>
  );
}
