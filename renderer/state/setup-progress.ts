import { create } from 'zustand';
import { persist } from 'zustand/middleware';

interface SetupProgress {
  step: number;
  setStep: (step: number) => void;
}

/** Where the first-run wizard was left on this computer; each step tests itself anew when it is shown. */
export const useSetupProgress = create<SetupProgress>()(
  persist((set) => ({ step: 0, setStep: (step) => set({ step }) }), { name: 'tenantkeep-setup' }),
);
