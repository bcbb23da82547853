import { contextBridge, ipcRenderer } from 'electron';
import { desktopChannels, type DesktopDoor } from '../shared/bridge.ts';
import type { ChangeNotice } from '../shared/contract/index.ts';

/**
 * All that a page of the desktop gets: one question with an answer, and notices of what changed. No general
 * send or on, and the event object stays here.
 */
const door: DesktopDoor = {
  call: (name, input) => ipcRenderer.invoke(desktopChannels.call, { name, input }),
  onChange(listener) {
    const tell = (_event: unknown, notice: ChangeNotice): void => listener(notice);
    ipcRenderer.on(desktopChannels.change, tell);
    return () => {
      ipcRenderer.removeListener(desktopChannels.change, tell);
    };
  },
};

contextBridge.exposeInMainWorld('tenantkeep', door);
