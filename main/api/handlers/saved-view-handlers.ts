import { listViews, removeView, saveView } from '../../db/repositories/saved-views.ts';
import type { Handlers } from '../router.ts';

export const savedViewHandlers: Pick<Handlers, 'views.list' | 'views.save' | 'views.remove'> = {
  'views.list': async ({ session }, { page }) => {
    const views = await listViews(session.database, page);
    return { rows: views.map((view) => ({ ...view, createdAt: view.createdAt.toISOString() })) };
  },
  'views.save': async ({ session }, { page, name, search, sharedWith }) => ({
    id: await saveView(session.database, { tenantId: sharedWith, page, name, search }),
  }),
  'views.remove': async ({ session }, { viewId }) => {
    await removeView(session.database, viewId);
    return { removed: true };
  },
};
