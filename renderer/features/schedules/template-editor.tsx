import { Button, Field, Input, MessageBar, MessageBarBody, Text } from '@fluentui/react-components';
import { useState } from 'react';
import { contract } from '../../../shared/contract/index.ts';
import type { TemplateRow } from '../../../shared/contract/schedule-templates.ts';
import { cadenceSchema, isTimeZone } from '../../../shared/model/cadence.ts';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { usePageKeys } from '../../components/page-keys.ts';
import { ProblemBar } from '../../components/problem-bar.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { UnsavedDialog } from '../../components/unsaved-dialog.tsx';
import { ZoneField } from '../../components/zone-field.tsx';
import { useObstacle } from '../../queries/use-may-do.ts';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';
import { AlertFields } from './alert-fields.tsx';
import { CadenceFields } from './cadence-fields.tsx';
import { EditorSection, useEditorStyles } from './editor-section.tsx';
import { PolicyTypePicker } from './policy-type-picker.tsx';
import { RemoveTemplate } from './remove-template.tsx';
import { plainRule, RetentionFields } from './retention-fields.tsx';
import { alertsOf, cadenceOf, draftOf, type ScheduleDraft } from './schedule-draft.ts';
import { SlotPreview } from './slot-preview.tsx';
import { refreshedByTemplates } from './use-template-changes.ts';

const { tags: tagsSchema, spreadMinutes: spreadSchema } = contract['schedule-templates.create'].input.shape;

interface TemplateDraft extends ScheduleDraft {
  /** Divided by commas. */
  tags: string;
  spread: string;
}

function templateDraftOf(template: TemplateRow | null): TemplateDraft {
  return {
    ...draftOf(template, null),
    tags: template?.tags.join(', ') ?? '',
    spread: String(template?.spreadMinutes ?? 0),
  };
}

/** The fields of the contract, or the first sentence about what is missing. */
function contentOf(draft: TemplateDraft) {
  const cadence = cadenceSchema.safeParse(cadenceOf(draft));
  const alerts = alertsOf(draft);
  const given = draft.tags
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const tags = tagsSchema.safeParse([...new Set(given)]);
  const spread = spreadSchema.safeParse(draft.spread.trim() === '' ? 0 : Number(draft.spread));
  const problems = {
    cadence: cadence.success ? undefined : cadence.error.issues[0]?.message,
    tags: tags.success ? undefined : tags.error.issues[0]?.message,
    spread: spread.success ? undefined : 'Whole minutes from 0 to 1440.',
  };
  const missing =
    draft.name.trim() === ''
      ? 'A name is needed.'
      : !isTimeZone(draft.timeZone ?? '')
        ? 'Choose a time zone.'
        : draft.selection === 'list' && draft.typeKeys.length === 0
          ? 'Choose at least one policy type.'
          : (problems.cadence ?? problems.tags ?? problems.spread ?? null);
  const content =
    missing === null && cadence.success && tags.success && spread.success && !('field' in alerts)
      ? {
          name: draft.name,
          cadence: cadence.data,
          timeZone: draft.timeZone!,
          policyTypes: draft.selection === 'list' ? [...draft.typeKeys] : draft.selection,
          retention: plainRule(draft.retention),
          alerts: alerts.rule,
          tags: tags.data,
          spreadMinutes: spread.data,
        }
      : null;
  return { content, problems, missing };
}

interface TemplateEditorProps {
  /** Null for a new one. */
  template: TemplateRow | null;
  onClose: () => void;
}

/** The schedule that the workspace defines, the tags of the tenants that it covers, and how their starts are spread. */
export function TemplateEditor({ template, onClose }: TemplateEditorProps) {
  const styles = useEditorStyles();
  const [initial] = useState(() => templateDraftOf(template));
  const [draft, setDraft] = useState(initial);
  // The version that the person saw; a newer one is never silently overwritten.
  const [opened, setOpened] = useState(template);
  const [asking, setAsking] = useState(false);
  const create = useProcedureMutation('schedule-templates.create', refreshedByTemplates);
  const edit = useProcedureMutation('schedule-templates.edit', refreshedByTemplates);
  const obstacle = useObstacle('workspace.defaults', null);
  // Slots are computed for a tenant that the person belongs to; which one makes no difference to them.
  const tenantId = useProcedure('session.me', {}).data?.memberships[0]?.tenantId;
  const { content, problems, missing } = contentOf(draft);
  const conflict = template !== null && opened !== null && template.version !== opened.version;
  const unsaved = JSON.stringify(draft) !== JSON.stringify(initial);
  const blocked =
    obstacle ?? missing ?? (conflict ? 'Decide about the changes of the other person first.' : null);
  const change = (next: Partial<TemplateDraft>) => setDraft((before) => ({ ...before, ...next }));

  function save(): void {
    if (content === null || blocked !== null) return;
    const done = { onSuccess: onClose };
    if (opened === null) create.mutate(content, done);
    else edit.mutate({ ...content, templateId: opened.id, expectedVersion: opened.version }, done);
  }

  usePageKeys([{ key: 'Ctrl+S', name: 'Save template', act: save, unavailable: blocked }], { above: true });
  const close = () => (unsaved ? setAsking(true) : onClose());
  return (
    <DetailDrawer
      title={template === null ? 'New template' : `Template ${shortText(template.name)}`}
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
          <MessageBar intent="warning" layout="multiline">
            <MessageBarBody>
              Somebody changed this template meanwhile. What is typed here is not lost.{' '}
              <Button size="small" onClick={() => setOpened(template)}>
                Go on from the present version
              </Button>
            </MessageBarBody>
          </MessageBar>
        )}
        {asking && <UnsavedDialog onKeep={() => setAsking(false)} onDiscard={onClose} />}
        <EditorSection title="Which tenants">
          <Field
            label="Tags"
            required
            hint="Divided by commas. A tenant with one of them is covered."
            validationMessage={draft.tags === '' ? undefined : problems.tags}
          >
            <Input value={draft.tags} onChange={(_event, data) => change({ tags: data.value })} />
          </Field>
        </EditorSection>
        <EditorSection title="What">
          <Field label="Name" required hint="Its schedules have this name, too.">
            <Input value={draft.name} onChange={(_event, data) => change({ name: data.value })} />
          </Field>
          <PolicyTypePicker
            tenantId=""
            selection={draft.selection}
            typeKeys={draft.typeKeys}
            onChange={(selection, typeKeys) => change({ selection, typeKeys })}
          />
        </EditorSection>
        <EditorSection title="When">
          <CadenceFields draft={draft} change={change} problem={problems.cadence} />
          <ZoneField zone={draft.timeZone ?? ''} onChange={(timeZone) => change({ timeZone })} />
          <Field
            label="Spread, in minutes"
            hint="The starts of the tenants are distributed over so many minutes, each tenant always at its own. 0: all together."
            validationMessage={problems.spread}
          >
            <Input
              inputMode="numeric"
              value={draft.spread}
              onChange={(_event, data) => change({ spread: data.value })}
            />
          </Field>
          {content !== null && tenantId !== undefined && (
            <SlotPreview tenantId={tenantId} cadence={content.cadence} timeZone={content.timeZone} />
          )}
        </EditorSection>
        <EditorSection title="Keep">
          <RetentionFields rule={draft.retention} onChange={(retention) => change({ retention })} />
        </EditorSection>
        <EditorSection title="Alerts">
          <AlertFields draft={draft} change={change} />
        </EditorSection>
        <ProblemBar error={create.error ?? edit.error} />
        <div className={styles.actions}>
          <Button
            type="submit"
            appearance="primary"
            title={blocked ?? undefined}
            disabled={content === null || blocked !== null || create.isPending || edit.isPending}
          >
            Save template
          </Button>
          <Button onClick={close}>Close editor</Button>
          <Text className={styles.grow} size={200}>
            {blocked ?? 'Schedules change when the template is applied.'}
          </Text>
          {template !== null && <RemoveTemplate template={template} onRemoved={onClose} />}
        </div>
      </form>
    </DetailDrawer>
  );
}
