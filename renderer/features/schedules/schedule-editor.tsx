import { Button, Field, Input, MessageBar, MessageBarBody, Select, Text } from '@fluentui/react-components';
import { useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { cadenceSchema, isTimeZone } from '../../../shared/model/cadence.ts';
import { usePageKeys } from '../../components/page-keys.ts';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { UnsavedDialog } from '../../components/unsaved-dialog.tsx';
import { ProcedureError } from '../../queries/procedure-error.ts';
import { useObstacle } from '../../queries/use-may-do.ts';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';
import { AlertFields } from './alert-fields.tsx';
import { CadenceFields } from './cadence-fields.tsx';
import { EditorSection, useEditorStyles } from './editor-section.tsx';
import { PolicyTypePicker } from './policy-type-picker.tsx';
import { RemoveSchedule } from './remove-schedule.tsx';
import { plainRule, RetentionFields } from './retention-fields.tsx';
import { RetentionPreview } from './retention-preview.tsx';
import { ScheduleAdvice } from './schedule-advice.tsx';
import { ScheduleConflict } from './schedule-conflict.tsx';
import { alertsOf, cadenceOf, draftOf, type ScheduleDraft } from './schedule-draft.ts';
import { useDefaultRetention } from './use-default-retention.ts';
import { SlotPreview } from './slot-preview.tsx';
import { SpreadDialog } from './spread-dialog.tsx';
import { ZoneField } from '../../components/zone-field.tsx';

interface ScheduleEditorProps {
  /** Null for a new one. */
  schedule: ScheduleRow | null;
  tenantId: string | null;
  onClose: () => void;
}

/** What, when, how long to keep, when to ask for attention; the next slots and what else happens then stay in sight. */
export function ScheduleEditor({ schedule, tenantId, onClose }: ScheduleEditorProps) {
  const styles = useEditorStyles();
  const [initial] = useState(() => draftOf(schedule, tenantId));
  const [draft, setDraft] = useState(initial);
  // The version that the person saw; a newer one is a conflict, never silently overwritten.
  const [opened, setOpened] = useState(schedule);
  const [asking, setAsking] = useState(false);
  const [spreading, setSpreading] = useState(false);
  const refresh = ['schedules', 'overview', 'tenants'];
  const create = useProcedureMutation('schedules.create', refresh);
  const edit = useProcedureMutation('schedules.edit', refresh);
  const tenants = useProcedure('tenants.list', {});
  // A new schedule follows the default of its tenant until somebody changes a number, which makes a new object.
  const usual = useDefaultRetention(draft.tenantId);
  const retention =
    schedule === null && draft.retention === initial.retention ? (usual ?? draft.retention) : draft.retention;
  const inTenant = useObstacle(schedule === null ? 'schedule.create' : 'schedule.edit', draft.tenantId);
  const obstacle = draft.tenantId === '' ? null : inTenant;
  const siblings = useProcedure(
    'schedules.list',
    { tenantId: draft.tenantId },
    { enabled: schedule === null && draft.tenantId !== '' },
  );
  const zone = draft.timeZone ?? siblingZone(siblings.data?.rows ?? [], draft.tenantId);
  const change = (next: Partial<ScheduleDraft>) => setDraft((before) => ({ ...before, ...next }));
  const problem = create.error ?? edit.error;
  const cadence = cadenceOf(draft);
  const parsed = cadenceSchema.safeParse(cadence);
  const alerts = alertsOf(draft);
  const computable = draft.tenantId !== '' && parsed.success && isTimeZone(zone);
  const unsaved = JSON.stringify(draft) !== JSON.stringify(initial);
  const conflict = schedule !== null && opened !== null && schedule.version !== opened.version;
  const missing =
    draft.tenantId === ''
      ? 'Choose a tenant.'
      : draft.name.trim() === ''
        ? 'A name is needed.'
        : zone === ''
          ? 'Choose a time zone.'
          : draft.selection === 'list' && draft.typeKeys.length === 0
            ? 'Choose at least one policy type.'
            : null;

  function save(): void {
    if (!parsed.success || 'field' in alerts || missing !== null || conflict) return;
    const fields = {
      tenantId: draft.tenantId,
      name: draft.name,
      cadence: parsed.data,
      timeZone: zone,
      policyTypes: draft.selection === 'list' ? [...draft.typeKeys] : draft.selection,
      retention: plainRule(retention),
      alerts: alerts.rule,
    };
    const done = { onSuccess: onClose };
    if (opened === null) create.mutate(fields, done);
    else edit.mutate({ ...fields, scheduleId: opened.id, expectedVersion: opened.version }, done);
  }

  usePageKeys([{ key: 'Ctrl+S', name: 'Save schedule', act: save, unavailable: missing }], { above: true });
  const close = () => (unsaved ? setAsking(true) : onClose());
  return (
    <DetailDrawer
      title={schedule === null ? 'New schedule' : `Edit ${shortText(schedule.name)}`}
      open
      onClose={close}
    >
      <form
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {conflict && (
          <ScheduleConflict
            opened={opened}
            current={schedule}
            draft={draft}
            onTake={change}
            onDecided={() => setOpened(schedule)}
          />
        )}
        {asking && <UnsavedDialog onKeep={() => setAsking(false)} onDiscard={onClose} />}
        <EditorSection title="What">
          {schedule === null && (
            <Field label="Tenant" required>
              <Select value={draft.tenantId} onChange={(_event, data) => change({ tenantId: data.value })}>
                <option value="">Choose a tenant</option>
                {tenants.data?.rows.map((tenant) => (
                  <option key={tenant.id} value={tenant.id}>
                    {shortText(tenant.name)}
                  </option>
                ))}
              </Select>
            </Field>
          )}
          <Field label="Name" required>
            <Input value={draft.name} onChange={(_event, data) => change({ name: data.value })} />
          </Field>
          <PolicyTypePicker
            tenantId={draft.tenantId}
            selection={draft.selection}
            typeKeys={draft.typeKeys}
            onChange={(selection, typeKeys) => change({ selection, typeKeys })}
          />
        </EditorSection>
        <EditorSection title="When">
          <CadenceFields
            draft={draft}
            change={change}
            problem={parsed.success ? undefined : parsed.error.issues[0]?.message}
          />
          <ZoneField zone={zone} onChange={(timeZone) => change({ timeZone })} />
          <Text size={200}>There is no catch-up: a slot that no host can start is recorded as missed.</Text>
          {computable && (
            <>
              <SlotPreview tenantId={draft.tenantId} cadence={parsed.data} timeZone={zone} />
              <ScheduleAdvice
                tenantId={draft.tenantId}
                scheduleId={schedule?.id ?? null}
                cadence={parsed.data}
                timeZone={zone}
                onSpread={() => setSpreading(true)}
              />
            </>
          )}
        </EditorSection>
        <EditorSection title="Keep">
          <RetentionFields rule={retention} onChange={(rule) => change({ retention: rule })} />
          <Text size={200}>
            Pinned sets and the newest complete copy of each policy type are never removed.
          </Text>
          {schedule !== null && (
            <RetentionPreview
              tenantId={schedule.tenantId}
              scheduleId={schedule.id}
              rule={retention}
              timeZone={schedule.timeZone}
            />
          )}
        </EditorSection>
        <EditorSection title="Alerts">
          <AlertFields draft={draft} change={change} />
        </EditorSection>
        {problem && (
          <MessageBar intent="error">
            <MessageBarBody>
              {problem.message} {problem instanceof ProcedureError && problem.answer.nextStep}
            </MessageBarBody>
          </MessageBar>
        )}
        <div className={styles.actions}>
          <Button
            type="submit"
            appearance="primary"
            title={obstacle ?? missing ?? undefined}
            disabled={
              !parsed.success ||
              'field' in alerts ||
              missing !== null ||
              !isTimeZone(zone) ||
              conflict ||
              obstacle !== null ||
              create.isPending ||
              edit.isPending
            }
          >
            Save schedule
          </Button>
          <Button onClick={close}>Close editor</Button>
          <Text className={styles.grow} size={200}>
            {obstacle ?? missing ?? (conflict ? 'Decide about the changes of the other person first.' : '')}
          </Text>
          {schedule !== null && <RemoveSchedule schedule={schedule} onRemoved={onClose} />}
        </div>
      </form>
      {spreading && computable && (
        <SpreadDialog
          tenantId={draft.tenantId}
          draft={{ scheduleId: schedule?.id ?? null, cadence: parsed.data, timeZone: zone }}
          onDraftMoved={(times) => change({ times })}
          onClose={() => setSpreading(false)}
        />
      )}
    </DetailDrawer>
  );
}

/** The zone that a tenant's schedules agree on: a fact of the tenant, where this computer's zone would be a guess. */
function siblingZone(rows: readonly ScheduleRow[], tenantId: string): string {
  const zones = new Set(rows.filter((row) => row.tenantId === tenantId).map((row) => row.timeZone));
  return zones.size === 1 ? [...zones][0]! : '';
}
