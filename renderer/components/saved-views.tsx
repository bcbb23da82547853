import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  MessageBar,
  MessageBarBody,
  Select,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { Contract } from '../../shared/contract/index.ts';
import type { InputOf } from '../../shared/contract/procedure.ts';
import { useObstacles } from '../queries/use-may-do.ts';
import { useProcedure, useProcedureMutation } from '../queries/use-procedure.ts';
import { shortText } from './tenant-text.tsx';
import { useReturnFocus } from './use-return-focus.ts';

interface SavedViewsProps {
  page: InputOf<Contract['views.list']>['page'];
  /** What the page shows now, by the names of its address. */
  search: Record<string, string>;
  onOpen: (search: Record<string, string>) => void;
}

/** Views of a page, one's own and those that tenants share: opened, saved and removed from one menu. */
export function SavedViews({ page, search, onOpen }: SavedViewsProps) {
  const views = useProcedure('views.list', { page });
  const remove = useProcedureMutation('views.remove', ['views']);
  const [saving, setSaving] = useState(false);
  const rows = views.data?.rows ?? [];
  const current = rows.find((view) => JSON.stringify(view.search) === JSON.stringify(search));
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button>Views{current ? `: ${shortText(current.name)}` : ''}</Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {rows.map((view) => (
              <MenuItem key={view.id} onClick={() => onOpen(view.search)}>
                {shortText(view.name)} {view.tenantId === null ? '(mine)' : '(shared)'}
              </MenuItem>
            ))}
            {rows.length === 0 && <MenuItem disabled>No saved views yet</MenuItem>}
            <MenuItem onClick={() => setSaving(true)}>Save view</MenuItem>
            {current && (
              <MenuItem onClick={() => remove.mutate({ viewId: current.id })}>
                Remove view {shortText(current.name)}
              </MenuItem>
            )}
          </MenuList>
        </MenuPopover>
      </Menu>
      {remove.error && (
        <MessageBar intent="error">
          <MessageBarBody>{remove.error.message}</MessageBarBody>
        </MessageBar>
      )}
      {saving && <SaveViewDialog page={page} search={search} onClose={() => setSaving(false)} />}
    </>
  );
}

function SaveViewDialog({
  page,
  search,
  onClose,
}: Omit<SavedViewsProps, 'onOpen'> & { onClose: () => void }) {
  useReturnFocus();
  const [name, setName] = useState('');
  const [sharedWith, setSharedWith] = useState('');
  const save = useProcedureMutation('views.save', ['views']);
  const tenants = useProcedure('tenants.list', {});
  const obstacleIn = useObstacles();
  const shareable = (tenants.data?.rows ?? []).filter(
    (tenant) => obstacleIn('audit.view', tenant.id) === null,
  );
  return (
    <Dialog open onOpenChange={(_event, data) => !data.open && onClose()}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate(
              { page, name: name.trim(), search, sharedWith: sharedWith || null },
              { onSuccess: onClose },
            );
          }}
        >
          <DialogBody>
            <DialogTitle>Save view</DialogTitle>
            <DialogContent>
              <Field label="Name of the view" required>
                <Input value={name} onChange={(_event, data) => setName(data.value)} />
              </Field>
              <Field label="Who sees it">
                <Select value={sharedWith} onChange={(_event, data) => setSharedWith(data.value)}>
                  <option value="">Only me</option>
                  {shareable.map((tenant) => (
                    <option key={tenant.id} value={tenant.id}>
                      Members of {shortText(tenant.name)}
                    </option>
                  ))}
                </Select>
              </Field>
              {save.error && (
                <MessageBar intent="error">
                  <MessageBarBody>{save.error.message}</MessageBarBody>
                </MessageBar>
              )}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" appearance="primary" disabled={name.trim() === '' || save.isPending}>
                Save view
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
