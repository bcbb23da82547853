import { Field, makeStyles, Select, Switch, Text, tokens } from '@fluentui/react-components';
import { formatInstant, shownZone } from '../../components/format-time.ts';
import {
  type DateLocale,
  dateLocales,
  type Density,
  type MotionChoice,
  type ThemeChoice,
  usePreferences,
  type ZoneChoice,
} from '../../state/preferences.ts';
import { SettingsFrame } from './settings-frame.tsx';

const useStyles = makeStyles({
  form: { display: 'grid', gap: tokens.spacingVerticalL, maxWidth: '24rem' },
});

/** An evening whose date is written differently by most locales. */
const example = '2027-02-03T19:05:00Z';

/** How this person likes the screens; kept for their login on this computer. */
export function AppearancePage() {
  const styles = useStyles();
  const preferences = usePreferences();
  return (
    <SettingsFrame path="/settings/appearance">
      <div className={styles.form}>
        <Field label="Theme">
          <Select
            value={preferences.theme}
            onChange={(_event, data) => preferences.setTheme(data.value as ThemeChoice)}
          >
            <option value="system">As the system</option>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
            <option value="high-contrast">High contrast</option>
          </Select>
        </Field>
        <Field label="Row height">
          <Select
            value={preferences.density}
            onChange={(_event, data) => preferences.setDensity(data.value as Density)}
          >
            <option value="compact">Compact</option>
            <option value="normal">Normal</option>
            <option value="roomy">Roomy</option>
          </Select>
        </Field>
        <Field label="Time zone" hint="The same switch stands in the status bar.">
          <Select
            value={preferences.zone}
            onChange={(_event, data) => preferences.setZone(data.value as ZoneChoice)}
          >
            <option value="local">Local time</option>
            <option value="utc">UTC</option>
            <option value="schedule">Schedule&apos;s zone</option>
          </Select>
        </Field>
        <Field
          label="Dates are written as in"
          hint={`Example: ${formatInstant(example, shownZone(preferences.zone, null))}`}
        >
          <Select
            value={preferences.locale}
            onChange={(_event, data) => preferences.setLocale(data.value as DateLocale)}
          >
            <option value="system">As the system</option>
            {dateLocales.map((locale) => (
              <option key={locale} value={locale}>
                {nameOf(locale)}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Motion">
          <Select
            value={preferences.motion}
            onChange={(_event, data) => preferences.setMotion(data.value as MotionChoice)}
          >
            <option value="system">As the system</option>
            <option value="reduced">Reduced</option>
          </Select>
        </Field>
        <Switch
          label="Single letters act as keys"
          checked={preferences.singleKeys}
          onChange={(_event, data) => preferences.setSingleKeys(data.checked)}
        />
        <Text size={200}>These choices belong to your login on this computer.</Text>
      </div>
    </SettingsFrame>
  );
}

function nameOf(locale: string): string {
  return new Intl.DisplayNames(['en'], { type: 'language' }).of(locale) ?? locale;
}
