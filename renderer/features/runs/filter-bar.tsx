import { Button, Field, makeStyles, Select, tokens } from '@fluentui/react-components';
import { Dismiss16Regular, Filter20Regular } from '@fluentui/react-icons';
import { useEffect, useRef, useState } from 'react';
import { runReasons } from '../../../shared/model/reasons.ts';
import { runStates, type RunState } from '../../../shared/model/run-states.ts';
import { formatInstant, shownZone } from '../../components/format-time.ts';
import { usePageKeys } from '../../components/page-keys.ts';
import { runStateWord } from '../../components/state-badge.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { usePreferences } from '../../state/preferences.ts';
import { CustomPeriod } from './custom-period.tsx';
import { type Period, periodNames, periods, type RunsSearch, statesOf } from './runs-search.ts';

const useStyles = makeStyles({
  anchor: { position: 'relative' },
  form: {
    position: 'absolute',
    right: 0,
    top: 'calc(100% + 4px)',
    zIndex: 5,
    display: 'grid',
    gap: tokens.spacingVerticalS,
    width: 'min(24rem, 90vw)',
    maxHeight: '70vh',
    overflowY: 'auto',
    boxSizing: 'border-box',
    padding: tokens.spacingHorizontalL,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    boxShadow: tokens.shadow16,
  },
  pills: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: tokens.spacingHorizontalS,
    paddingInline: tokens.spacingHorizontalL,
    paddingBottom: tokens.spacingVerticalS,
  },
});

interface FilterProps {
  search: RunsSearch;
  onChange: (next: Partial<RunsSearch>) => void;
}

/** What the filters can be chosen from; asked for once the form is open or a pill needs a name. */
function useChoices(search: RunsSearch, wanted: boolean) {
  const schedules = useProcedure(
    'schedules.list',
    { tenantId: search.tenantId ?? null },
    { enabled: wanted || search.runSchedule !== undefined },
  );
  const types = useProcedure(
    'schedules.policy-types',
    {},
    { enabled: wanted || search.policyType !== undefined },
  );
  const hosts = useProcedure('hosts.list', {}, { enabled: wanted });
  return {
    schedules: schedules.data?.rows ?? [],
    types: types.data?.types ?? [],
    hosts: hosts.data?.rows ?? [],
  };
}

/** The period, and a form for everything else; F opens it. */
export function FilterButtons({ search, onChange }: FilterProps) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const { schedules, types, hosts } = useChoices(search, open);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const states = statesOf(search);
  const own = search.from !== undefined || search.to !== undefined;

  usePageKeys([{ key: 'f', name: 'Add filter', act: () => setOpen(true) }]);
  useEffect(() => {
    if (!open) return undefined;
    const onPointer = (event: PointerEvent) => {
      if (event.target instanceof Node && box.current?.contains(event.target) !== true) setOpen(false);
    };
    window.addEventListener('pointerdown', onPointer);
    return () => window.removeEventListener('pointerdown', onPointer);
  }, [open]);

  return (
    <>
      <Select
        aria-label="Period"
        value={own ? 'own' : (search.period ?? (search.view === 'timeline' ? '7d' : ''))}
        onChange={(_event, data) =>
          onChange({
            period: (data.value || undefined) as Period | undefined,
            from: undefined,
            to: undefined,
          })
        }
      >
        <option value="">Any time</option>
        {periodNames.map((period) => (
          <option key={period} value={period}>
            {periods[period].word}
          </option>
        ))}
        {own && <option value="own">From … to …</option>}
      </Select>
      <div
        ref={box}
        className={styles.anchor}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !open) return;
          event.stopPropagation();
          setOpen(false);
          button.current?.focus();
        }}
      >
        <Button ref={button} icon={<Filter20Regular />} aria-expanded={open} onClick={() => setOpen(!open)}>
          Add filter
        </Button>
        {open && (
          <div role="group" aria-label="Filters" className={styles.form}>
            <Field label="State">
              <Select
                value=""
                onChange={(_event, data) =>
                  data.value !== '' && onChange({ state: [...states, data.value as RunState] })
                }
              >
                <option value="">Every state</option>
                {runStates
                  .filter((state) => !states.includes(state))
                  .map((state) => (
                    <option key={state} value={state}>
                      {runStateWord(state)}
                    </option>
                  ))}
              </Select>
            </Field>
            <Choice
              label="Schedule"
              every="Every schedule"
              value={search.runSchedule}
              options={schedules.map((row) => [
                row.id,
                `${shortText(row.tenantName)}: ${shortText(row.name)}`,
              ])}
              onChange={(runSchedule) => onChange({ runSchedule })}
            />
            <Choice
              label="Trouble in policy type"
              every="Any policy type"
              value={search.policyType}
              options={types.map((type) => [type.key, type.displayName])}
              onChange={(policyType) => onChange({ policyType })}
            />
            <Choice
              label="Reason"
              every="Any reason"
              value={search.reason}
              options={Object.entries(runReasons).map(([code, { sentence }]) => [code, sentence])}
              onChange={(reason) => onChange({ reason })}
            />
            <Choice
              label="Trigger"
              every="Schedule or by hand"
              value={search.trigger}
              options={[
                ['scheduled', 'By its schedule'],
                ['manual', 'By hand'],
              ]}
              onChange={(trigger) => onChange({ trigger: trigger as RunsSearch['trigger'] })}
            />
            <Choice
              label="Host"
              every="Every host"
              value={search.onHost}
              options={hosts.map((host) => [host.name, host.name])}
              onChange={(onHost) => onChange({ onHost })}
            />
            <CustomPeriod from={search.from} to={search.to} onChange={onChange} />
          </div>
        )}
      </div>
    </>
  );
}

function Choice(props: {
  label: string;
  every: string;
  value: string | undefined;
  options: readonly (readonly [value: string, word: string])[];
  onChange: (value: string | undefined) => void;
}) {
  return (
    <Field label={props.label}>
      <Select value={props.value ?? ''} onChange={(_event, data) => props.onChange(data.value || undefined)}>
        <option value="">{props.every}</option>
        {props.options.map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </Select>
    </Field>
  );
}

/** The filters in force, each of which can be taken away. */
export function FilterPills({ search, onChange }: FilterProps) {
  const styles = useStyles();
  const zone = usePreferences((state) => shownZone(state.zone, null));
  const { schedules, types } = useChoices(search, false);
  const pills: [key: string, words: string, without: Partial<RunsSearch>][] = [];
  const states = statesOf(search);
  for (const state of states) {
    const left = states.filter((other) => other !== state);
    pills.push([
      state,
      `State: ${runStateWord(state)}`,
      { state: left.length === 0 ? undefined : [...left] },
    ]);
  }
  if (search.runSchedule !== undefined) {
    const schedule = schedules.find((row) => row.id === search.runSchedule);
    const name = schedule === undefined ? '…' : shortText(schedule.name);
    pills.push(['schedule', `Schedule: ${name}`, { runSchedule: undefined }]);
  }
  if (search.policyType !== undefined) {
    const type = types.find(({ key }) => key === search.policyType);
    pills.push([
      'type',
      `Trouble in: ${type?.displayName ?? shortText(search.policyType)}`,
      { policyType: undefined },
    ]);
  }
  if (search.reason !== undefined) {
    pills.push(['reason', `Reason: ${shortText(search.reason)}`, { reason: undefined }]);
  }
  if (search.trigger !== undefined) {
    const word = search.trigger === 'manual' ? 'by hand' : 'by schedule';
    pills.push(['trigger', `Trigger: ${word}`, { trigger: undefined }]);
  }
  if (search.onHost !== undefined) {
    pills.push(['host', `Host: ${shortText(search.onHost)}`, { onHost: undefined }]);
  }
  if (search.from !== undefined) {
    pills.push(['from', `From ${formatInstant(search.from, zone)}`, { from: undefined }]);
  }
  if (search.to !== undefined) {
    pills.push(['to', `Until ${formatInstant(search.to, zone)}`, { to: undefined }]);
  }
  if (pills.length === 0) return null;
  return (
    <div role="group" aria-label="Filters in force" className={styles.pills}>
      {pills.map(([key, words, without]) => (
        <Button
          key={key}
          size="small"
          shape="circular"
          icon={<Dismiss16Regular />}
          iconPosition="after"
          aria-label={`Remove filter ${words}`}
          onClick={() => onChange(without)}
        >
          {words}
        </Button>
      ))}
    </div>
  );
}
