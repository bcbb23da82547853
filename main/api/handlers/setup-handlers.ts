import { endSetup, readSetupState } from '../../db/repositories/setup.ts';
import type { Handlers } from '../router.ts';

export const setupHandlers: Pick<Handlers, 'setup.state' | 'setup.end'> = {
  'setup.state': async ({ session }) => {
    const state = await readSetupState(session.database);
    const { administrator, member, tenantConnected, scheduleOn } = state;
    const waiting = !state.goodSet && (member || (administrator && !tenantConnected));
    return {
      needed: administrator && !state.ended && !tenantConnected,
      checklist: waiting ? { tenantConnected, scheduleOn } : null,
    };
  },
  'setup.end': async ({ session }) => {
    await endSetup(session.database);
    return {};
  },
};
