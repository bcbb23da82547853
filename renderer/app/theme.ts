import { teamsHighContrastTheme, type Theme, webDarkTheme, webLightTheme } from '@fluentui/react-components';
import { useSyncExternalStore } from 'react';
import { type ThemeChoice, usePreferences } from '../state/preferences.ts';

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = window.matchMedia(query);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    () => window.matchMedia(query).matches,
  );
}

function themeFor(choice: ThemeChoice, prefersDark: boolean, forcesColours: boolean): Theme {
  if (choice === 'high-contrast' || (choice === 'system' && forcesColours)) return teamsHighContrastTheme;
  if (choice === 'dark' || (choice === 'system' && prefersDark)) return webDarkTheme;
  return webLightTheme;
}

/** The theme that the person chose, or that their system asks for. */
export function useTheme(): { theme: Theme; dark: boolean } {
  const choice = usePreferences((state) => state.theme);
  const theme = themeFor(
    choice,
    useMedia('(prefers-color-scheme: dark)'),
    useMedia('(forced-colors: active)'),
  );
  return { theme, dark: theme !== webLightTheme };
}
