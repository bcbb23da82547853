import {
  Button,
  Field,
  Input,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Switch,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { useBridge } from '../../bridge/bridge-context.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { UnsavedDialog } from '../../components/unsaved-dialog.tsx';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import { RoleGrid, type RoleRow } from './role-grid.tsx';

const useStyles = makeStyles({
  form: { display: 'grid', gap: tokens.spacingVerticalL, paddingBottom: tokens.spacingVerticalL },
});

type Invited = OutputOf<Contract['technicians.invite']>;

/** Makes a login for a person. Its connection file is offered once; the password is kept nowhere. */
export function InviteTechnician({ onClose }: { onClose: () => void }) {
  const styles = useStyles();
  const [name, setName] = useState('');
  const [administrator, setAdministrator] = useState(false);
  const [roles, setRoles] = useState<readonly RoleRow[]>([]);
  const [leaving, setLeaving] = useState(false);
  const [saved, setSaved] = useState(false);
  const invite = useProcedureMutation('technicians.invite', ['technicians', 'members']);
  const invited = invite.data;
  const given = roles.flatMap(({ tenantId, role }) => (role === null ? [] : [{ tenantId, role }]));
  const typed = name.trim() !== '' || administrator || given.length > 0;
  const close = (): void => {
    if (invited === undefined ? typed : !saved) setLeaving(true);
    else onClose();
  };
  return (
    <DetailDrawer title="Invite technician" open onClose={close} size="medium">
      {invited === undefined ? (
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            invite.mutate({ name, administrator, memberships: given });
          }}
        >
          <Field label="Name" required hint="As it shall stand in lists and dialogs.">
            <Input value={name} maxLength={200} onChange={(_event, data) => setName(data.value)} />
          </Field>
          <Switch
            label="Administrator of the workspace"
            checked={administrator}
            onChange={(_event, data) => setAdministrator(data.checked)}
          />
          <RoleGrid
            person={name.trim() === '' ? 'the technician' : name}
            roles={roles}
            onChange={(row, role) =>
              setRoles((before) => [
                ...before.filter(({ tenantId }) => tenantId !== row.tenantId),
                { ...row, role },
              ])
            }
          />
          {invite.error && (
            <MessageBar intent="error" layout="multiline">
              <MessageBarBody>{invite.error.message}</MessageBarBody>
            </MessageBar>
          )}
          <div>
            <Button
              type="submit"
              appearance="primary"
              disabled={name.trim() === '' || (!administrator && given.length === 0) || invite.isPending}
            >
              Create login
            </Button>
          </div>
          {!administrator && given.length === 0 && (
            <Text size={200}>
              A person needs a role in at least one tenant, or administers the workspace.
            </Text>
          )}
        </form>
      ) : (
        <ConnectionFile invited={invited} onSaved={() => setSaved(true)} onClose={close} />
      )}
      {leaving && invited === undefined && (
        <UnsavedDialog onKeep={() => setLeaving(false)} onDiscard={onClose} />
      )}
      {leaving && invited !== undefined && (
        <ConfirmDialog
          title="The connection file is not saved"
          confirm="Close without it"
          keep="Stay here"
          error={null}
          pending={false}
          onClose={() => setLeaving(false)}
          onConfirm={onClose}
        >
          <p>
            Its password is kept nowhere else. Without the file the person cannot sign in, and has to be
            removed and invited anew.
          </p>
        </ConfirmDialog>
      )}
    </DetailDrawer>
  );
}

function ConnectionFile({
  invited,
  onSaved,
  onClose,
}: {
  invited: Invited;
  onSaved: () => void;
  onClose: () => void;
}) {
  const styles = useStyles();
  const bridge = useBridge();
  const [outcome, setOutcome] = useState<{ intent: 'success' | 'error'; text: string } | null>(null);
  async function save(): Promise<void> {
    const result = await bridge.host.saveText({
      name: `${invited.login}.connection`,
      text: `${invited.connectionUrl}\n`,
    });
    if (!result.ok) setOutcome({ intent: 'error', text: result.error.message });
    else if (result.value !== null) {
      onSaved();
      setOutcome({ intent: 'success', text: `Saved as ${result.value.path}.` });
    }
  }
  return (
    <div className={styles.form}>
      <Text>
        The login <code>{invited.login}</code> is made. Its connection file holds the password, which is shown
        nowhere and kept nowhere else.
      </Text>
      <div>
        <Button appearance="primary" onClick={() => void save()}>
          Save connection file
        </Button>
      </div>
      {outcome !== null && (
        <MessageBar intent={outcome.intent} layout="multiline">
          <MessageBarBody>{outcome.text}</MessageBarBody>
        </MessageBar>
      )}
      <Text>
        Hand it over on a safe way and remove it here. On their own computer the person opens it with the
        desktop app, or runs <code>tenantkeep sign-in {invited.login}.connection</code>. Login and password
        also open the console.
      </Text>
      <div>
        <Button onClick={onClose}>Close</Button>
      </div>
    </div>
  );
}
