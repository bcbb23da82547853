import { makeStaticStyles } from '@fluentui/react-components';

/** What the browser would do otherwise: margins around the page and its headings, tables of definitions in bold. */
export const useGlobalStyles = makeStaticStyles({
  body: { margin: 0 },
  'h1, h2, h3': { margin: 0 },
  dt: { fontWeight: 600 },
  dd: { margin: '0 0 0.5rem' },
  'bdi, code': { overflowWrap: 'anywhere' },
  // What the person chose in the settings; the media query below is what their system asks for.
  'html[data-motion="reduced"] *': {
    animationDuration: '0.01ms !important',
    animationIterationCount: '1 !important',
    transitionDuration: '0.01ms !important',
  },
  '@media (prefers-reduced-motion: reduce)': {
    '*': { animationDuration: '0.01ms !important', transitionDuration: '0.01ms !important' },
  },
});
