import { Button, Select } from '@fluentui/react-components';
import { healthStates, type HealthState } from '../../../shared/contract/tenants.ts';
import { type RunState, runStates } from '../../../shared/model/run-states.ts';
import { FilterText } from '../../components/filter-text.tsx';
import { healthWord } from '../../components/health-badge.tsx';
import { runStateWord } from '../../components/state-badge.tsx';

/** What the address says about which schedules are shown. */
export interface ScheduleFilters {
  q?: string | undefined;
  status?: 'on' | 'paused' | 'no_slot' | 'running' | undefined;
  lastState?: RunState | undefined;
  health?: HealthState | undefined;
}

const statusWords = {
  on: 'On',
  paused: 'Paused',
  no_slot: 'Without a next slot',
  running: 'Running now',
} as const;

interface ScheduleFilterBarProps {
  filters: ScheduleFilters;
  change: (next: ScheduleFilters) => void;
}

export function ScheduleFilterBar({ filters, change }: ScheduleFilterBarProps) {
  const active = Boolean(filters.q ?? filters.status ?? filters.lastState ?? filters.health);
  return (
    <>
      <FilterText
        label="Name or tenant"
        value={filters.q ?? ''}
        onChange={(q) => change({ q: q || undefined })}
      />
      <Select
        aria-label="Status"
        value={filters.status ?? ''}
        onChange={(_event, data) =>
          change({ status: (data.value || undefined) as ScheduleFilters['status'] })
        }
      >
        <option value="">Every status</option>
        {Object.entries(statusWords).map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Newest run"
        value={filters.lastState ?? ''}
        onChange={(_event, data) => change({ lastState: (data.value || undefined) as RunState | undefined })}
      >
        <option value="">Every newest run</option>
        {runStates.map((state) => (
          <option key={state} value={state}>
            {runStateWord(state)}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Health"
        value={filters.health ?? ''}
        onChange={(_event, data) => change({ health: (data.value || undefined) as HealthState | undefined })}
      >
        <option value="">Every health</option>
        {healthStates.map((state) => (
          <option key={state} value={state}>
            {healthWord(state)}
          </option>
        ))}
      </Select>
      {active && (
        <Button
          onClick={() => change({ q: undefined, status: undefined, lastState: undefined, health: undefined })}
        >
          Clear filters
        </Button>
      )}
    </>
  );
}
