import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type ThemeChoice = 'system' | 'light' | 'dark' | 'high-contrast';
export type ZoneChoice = 'local' | 'utc' | 'schedule';
export type Density = 'compact' | 'normal' | 'roomy';
export type MotionChoice = 'system' | 'reduced';

/** Locales in which dates and numbers are written; the screens' own words are English. */
export const dateLocales = [
  'en-GB',
  'en-US',
  'de-DE',
  'es-ES',
  'fr-FR',
  'it-IT',
  'nl-NL',
  'pt-PT',
  'sv-SE',
] as const;
export type DateLocale = 'system' | (typeof dateLocales)[number];

interface Preferences {
  theme: ThemeChoice;
  zone: ZoneChoice;
  density: Density;
  locale: DateLocale;
  motion: MotionChoice;
  singleKeys: boolean;
  /** The tenants that were chosen last, newest first. */
  recentTenants: readonly string[];
  /** Columns that this person does not want to see, by table. */
  hiddenColumns: Readonly<Record<string, readonly string[]>>;
  setTheme: (theme: ThemeChoice) => void;
  setZone: (zone: ZoneChoice) => void;
  setDensity: (density: Density) => void;
  setLocale: (locale: DateLocale) => void;
  setMotion: (motion: MotionChoice) => void;
  setSingleKeys: (singleKeys: boolean) => void;
  rememberTenant: (tenantId: string) => void;
  setHiddenColumns: (table: string, keys: readonly string[]) => void;
}

const storageKey = 'tenantkeep-preferences';
const mostRecent = 5;

/** How this person likes the screens; kept on this computer, nothing that the server knows. */
export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      theme: 'system',
      zone: 'local',
      density: 'normal',
      locale: 'en-GB',
      motion: 'system',
      singleKeys: true,
      recentTenants: [],
      hiddenColumns: {},
      setTheme: (theme) => set({ theme }),
      setZone: (zone) => set({ zone }),
      setDensity: (density) => set({ density }),
      setLocale: (locale) => set({ locale }),
      setMotion: (motion) => set({ motion }),
      setSingleKeys: (singleKeys) => set({ singleKeys }),
      setHiddenColumns: (table, keys) =>
        set(({ hiddenColumns }) => ({ hiddenColumns: { ...hiddenColumns, [table]: keys } })),
      rememberTenant: (tenantId) =>
        set(({ recentTenants }) => ({
          recentTenants: [tenantId, ...recentTenants.filter((id) => id !== tenantId)].slice(0, mostRecent),
        })),
    }),
    { name: storageKey },
  ),
);

/**
 * From here on the preferences are those of a login: two people at one computer keep their own. Whoever has none yet
 * starts with what was shown until now.
 */
export async function followPerson(login: string): Promise<void> {
  const name = `${storageKey}:${login}`;
  const { persist: store } = usePreferences;
  if (store.getOptions().name === name) return;
  const known = localStorage.getItem(name) !== null;
  store.setOptions({ name });
  if (known) await store.rehydrate();
}

/** Undefined leaves the choice to the browser, which follows the system. */
export function chosenLocale(locale: DateLocale): string | undefined {
  return locale === 'system' ? undefined : locale;
}
