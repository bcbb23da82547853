import { permittedPages } from '../components/permitted-pages.ts';
import { useProcedure } from '../queries/use-procedure.ts';
import { useMemo } from 'react';
import { pages } from './pages.ts';

/** The pages that have something for the signed-in person; the same array until their roles change. */
export function useShownPages() {
  const me = useProcedure('session.me', {}).data;
  return useMemo(() => (me === undefined ? [] : permittedPages(pages, me)), [me]);
}
