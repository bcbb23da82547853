import { Badge, Tooltip } from '@fluentui/react-components';
import type { HealthState, TenantRow } from '../../shared/contract/tenants.ts';

type BadgeColor = 'success' | 'warning' | 'danger' | 'informative';

const looks: Readonly<Record<HealthState, { word: string; color: BadgeColor; outline: boolean }>> = {
  protected: { word: 'Protected', color: 'success', outline: false },
  at_risk: { word: 'At risk', color: 'warning', outline: false },
  unprotected: { word: 'Unprotected', color: 'danger', outline: false },
  never_backed_up: { word: 'Never backed up', color: 'danger', outline: false },
  disconnected: { word: 'Disconnected', color: 'danger', outline: false },
  paused: { word: 'Paused', color: 'informative', outline: false },
  no_schedule: { word: 'No schedule', color: 'informative', outline: true },
};

/** The word of a health, for filters. */
export function healthWord(state: HealthState): string {
  return looks[state].word;
}

/** The word for a tenant's health; the figures behind it are one hover or focus away. */
export function HealthBadge({ health }: { health: TenantRow['health'] }) {
  const { word, color, outline } = looks[health.state];
  return (
    <Tooltip content={health.sentence} relationship="description">
      <Badge color={color} appearance={outline ? 'outline' : 'tint'} tabIndex={0}>
        {word}
      </Badge>
    </Tooltip>
  );
}
