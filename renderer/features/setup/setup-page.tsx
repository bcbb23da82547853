import { Button, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { emptyDraft } from '../../components/connect/connect-draft.ts';
import { type ConnectedTenant, ConnectTenantForm } from '../../components/connect/connect-tenant-form.tsx';
import { ConnectedTenantView } from '../../components/connect/connected-tenant.tsx';
import { Page } from '../../components/page.tsx';
import { UnsavedDialog } from '../../components/unsaved-dialog.tsx';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import { useSetupProgress } from '../../state/setup-progress.ts';
import { ComputerStep, DataStep, PersonStep, SchemaStep } from './setup-steps.tsx';

const useStyles = makeStyles({
  page: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    padding: `0 ${tokens.spacingHorizontalL} ${tokens.spacingVerticalXXL}`,
    maxWidth: '52rem',
  },
  steps: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalL,
    listStyleType: 'none',
    margin: 0,
    padding: 0,
  },
  step: { color: tokens.colorNeutralForeground3 },
  current: { color: tokens.colorNeutralForeground1, fontWeight: tokens.fontWeightSemibold },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
  heading: { outlineStyle: 'none' },
});

const titles = ['Where data lives', 'Schema', 'Who you are', 'This computer', 'First tenant'] as const;
const last = titles.length - 1;

/** The first-run wizard. Each step tests itself and shows what it tested; it goes on where it was left. */
export function SetupPage() {
  const styles = useStyles();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { step, setStep } = useSetupProgress();
  const current = Math.min(Math.max(step, 0), last);
  const [confirmed, setConfirmed] = useState(false);
  const [draft, setDraft] = useState(emptyDraft);
  const [connected, setConnected] = useState<ConnectedTenant | null>(null);
  const [asking, setAsking] = useState(false);
  const end = useProcedureMutation('setup.end', ['setup']);
  const unsaved = JSON.stringify(draft) !== JSON.stringify(emptyDraft);
  const leave = () => (unsaved ? setAsking(true) : finish());

  function finish(): void {
    end.mutate(
      {},
      {
        onSuccess: () => {
          // What is remembered says that the wizard is needed, and would lead straight back here.
          client.removeQueries({ queryKey: ['setup'] });
          setStep(0);
          void navigate({ to: '/' });
        },
      },
    );
  }

  const bodies: readonly ReactNode[] = [
    <DataStep key="data" />,
    <SchemaStep key="schema" />,
    <PersonStep key="person" confirmed={confirmed} onConfirm={setConfirmed} />,
    <ComputerStep key="computer" />,
    connected === null ? (
      <ConnectTenantForm
        key="connect"
        draft={draft}
        onDraft={setDraft}
        onConnected={(tenant) => {
          setDraft(emptyDraft);
          setConnected(tenant);
        }}
        onClose={leave}
        closeWords="Connect one later"
      />
    ) : (
      <ConnectedTenantView key="connected" tenant={connected} />
    ),
  ];

  return (
    <Page
      title="Set up TenantKeep"
      commands={
        <Button disabled={end.isPending} onClick={leave}>
          Put setup off
        </Button>
      }
    >
      <div className={styles.page}>
        {asking && <UnsavedDialog onKeep={() => setAsking(false)} onDiscard={finish} />}
        <ol className={styles.steps} aria-label="Steps">
          {titles.map((title, index) => (
            <li
              key={title}
              className={mergeClasses(styles.step, index === current && styles.current)}
              aria-current={index === current ? 'step' : undefined}
            >
              {index + 1}. {title}
            </li>
          ))}
        </ol>
        <StepHeading key={current} title={titles[current]!} />
        {bodies[current]}
        <div className={styles.actions}>
          {current > 0 && connected === null && <Button onClick={() => setStep(current - 1)}>Back</Button>}
          {current < last && (
            <Button
              appearance="primary"
              disabledFocusable={current === 2 && !confirmed}
              title={current === 2 && !confirmed ? 'Confirm the name first.' : undefined}
              onClick={() => (current === 2 && !confirmed ? undefined : setStep(current + 1))}
            >
              Next
            </Button>
          )}
          {connected !== null && (
            <Button appearance="primary" onClick={finish}>
              Finish setup
            </Button>
          )}
        </div>
      </div>
    </Page>
  );
}

/** A new step begins at its heading, for the keyboard and for screen readers. */
function StepHeading({ title }: { title: string }) {
  const styles = useStyles();
  const heading = useRef<HTMLSpanElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <Text as="h3" size={500} weight="semibold">
      <span ref={heading} tabIndex={-1} className={styles.heading}>
        {title}
      </span>
    </Text>
  );
}
