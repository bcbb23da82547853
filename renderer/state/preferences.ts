import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type ThemeChoice = 'system' | 'light' | 'dark' | 'high-contrast';
export type ZoneChoice = 'local' | 'utc' | 'schedule';
export type Density = 'compact' | 'normal' | 'roomy';

interface Preferences {
  theme: ThemeChoice;
  zone: ZoneChoice;
  density: Density;
  singleKeys: boolean;
  setTheme: (theme: ThemeChoice) => void;
  setZone: (zone: ZoneChoice) => void;
  setDensity: (density: Density) => void;
  setSingleKeys: (singleKeys: boolean) => void;
}

/** How this person likes the screens; kept on this computer, nothing that the server knows. */
export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      theme: 'system',
      zone: 'local',
      density: 'normal',
      singleKeys: true,
      setTheme: (theme) => set({ theme }),
      setZone: (zone) => set({ zone }),
      setDensity: (density) => set({ density }),
      setSingleKeys: (singleKeys) => set({ singleKeys }),
    }),
    { name: 'tenantkeep-preferences' },
  ),
);
