/**
 * The child process in which the built app runs: connects to the browser, lets the entry module come to its end,
 * then says `ready`, as the runtime does. Takes the test's orders over the channel of `fork`.
 */
import { pathToFileURL } from 'node:url';
import type { DesktopView } from './desktop-driver.ts';
import type { StandInOrder, StandInReport, StandInStart } from './orders.ts';
import { app, becomeReady } from './stand-in/app.ts';
import { allWindows, watchTargets } from './stand-in/browser-window.ts';
import { connectDevTools } from './stand-in/devtools.ts';
import {
  answerStanding,
  chooseItem,
  describeTray,
  powerMonitor,
  queueAnswer,
} from './stand-in/native-parts.ts';
import { preventable } from './stand-in/played.ts';
import { stage } from './stand-in/stage.ts';

const { entry, devToolsAddress, firstInstance, entryBudgetMs, answers, openedFile, resources } = JSON.parse(
  process.env['STAND_IN_START']!,
) as StandInStart;
delete process.env['STAND_IN_START'];
process.argv[1] = entry;

process.on('message', (order: StandInOrder) => {
  let report: StandInReport;
  try {
    report = { id: order.id, ok: true, value: carryOut(order) };
  } catch (error) {
    report = { id: order.id, ok: false, message: String(error) };
  }
  process.send!(report);
});
// A test that ended leaves no app behind.
process.on('disconnect', () => process.exit(70));

stage.devTools = await connectDevTools(devToolsAddress);
await watchTargets();
app.firstInstance = firstInstance;
if (resources !== null) {
  app.isPackaged = true;
  Object.defineProperty(process, 'resourcesPath', { value: resources });
}
for (const response of answers) queueAnswer('showMessageBox', { response, checkboxChecked: false });

const tooLate = setTimeout(() => {
  process.stderr.write(
    'stand-in: the entry module did not come to its end in time. Does it wait for ready at its top level?\n',
  );
  process.exit(70);
}, entryBudgetMs);
await import(pathToFileURL(entry).href);
clearTimeout(tooLate);
if (openedFile !== null) app.emit('open-file', preventable({}), openedFile);
becomeReady();

function carryOut(order: StandInOrder): unknown {
  switch (order.do) {
    case 'answer-dialog':
      queueAnswer(order.kind as 'showSaveDialog', order.answer as never);
      return null;
    case 'power':
      powerMonitor.emit(order.event, preventable({}));
      return null;
    case 'second-start':
      app.emit('second-instance', {}, order.words, process.cwd(), {});
      return null;
    case 'answer-standing':
      answerStanding(order.button);
      return null;
    case 'open-file':
      app.emit('open-file', preventable({}), order.path);
      return null;
    case 'close-window':
      allWindows()[0]?.close();
      return null;
    case 'quit':
      app.quit();
      return null;
    case 'choose':
      chooseItem(order.menu, order.labels);
      return null;
    case 'look':
      return {
        ...stage.recorded,
        tray: describeTray(),
        windows: allWindows().map((window) => ({
          address: window.webContents.getURL(),
          visible: window.isVisible(),
          focused: window.isFocused(),
        })),
      } satisfies DesktopView;
  }
}
