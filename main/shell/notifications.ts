import { Notification } from 'electron';
import type { Notice } from './news-watch.ts';

/** Shows a notice where the system can; clicking it opens the page that it is about. */
export function notify(notice: Notice, open: (page: string) => void): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title: notice.title, body: notice.body });
  notification.on('click', () => open(notice.page));
  notification.show();
}
