import { type GriffelResetStyle, makeResetStyles, makeStyles, tokens } from '@fluentui/react-components';
import { runStates, type RunState } from '../../../shared/model/run-states.ts';

export const rowHeight = 32;
export const labelWidth = 224;

export const useTimelineStyles = makeStyles({
  scroller: {
    position: 'relative',
    height: '100%',
    minHeight: '14rem',
    overflowY: 'auto',
    overflowX: 'hidden',
    backgroundColor: tokens.colorNeutralBackground1,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  axis: {
    position: 'sticky',
    top: 0,
    zIndex: 2,
    display: 'flex',
    height: '28px',
    backgroundColor: tokens.colorNeutralBackground3,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  axisLabel: {
    width: `${labelWidth}px`,
    flexShrink: 0,
    paddingLeft: tokens.spacingHorizontalM,
    lineHeight: '28px',
    fontWeight: tokens.fontWeightSemibold,
    boxSizing: 'border-box',
  },
  axisTrack: { position: 'relative', flexGrow: 1, overflow: 'hidden', cursor: 'col-resize' },
  tick: {
    position: 'absolute',
    top: 0,
    lineHeight: '28px',
    paddingLeft: '4px',
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'nowrap',
    borderLeft: `1px solid ${tokens.colorNeutralStroke1}`,
  },
  body: { position: 'relative' },
  row: {
    position: 'absolute',
    left: 0,
    right: 0,
    display: 'flex',
    height: `${rowHeight}px`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    contain: 'strict',
  },
  name: {
    width: `${labelWidth}px`,
    flexShrink: 0,
    boxSizing: 'border-box',
    paddingInline: tokens.spacingHorizontalM,
    lineHeight: `${rowHeight}px`,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  track: { position: 'relative', flexGrow: 1, overflow: 'hidden', cursor: 'crosshair' },
  // While a gesture goes on, the last drawing is moved and stretched; it is drawn anew when the gesture rests.
  moving: {
    position: 'absolute',
    inset: 0,
    transformOrigin: '0 0',
    willChange: 'transform',
    display: 'grid',
    gridTemplate: '100% / minmax(0, 1fr)',
    alignItems: 'start',
    justifyItems: 'start',
  },
  // All in one cell and moved by their margins.
  slot: {
    gridArea: '1 / 1',
    marginTop: '8px',
    height: '16px',
    minWidth: '6px',
    boxSizing: 'border-box',
    border: `1px dashed ${tokens.colorNeutralForeground3}`,
    borderRadius: '3px',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase100,
    lineHeight: '14px',
    textAlign: 'center',
  },
  pause: {
    gridArea: '1 / 1',
    alignSelf: 'stretch',
    backgroundImage: `repeating-linear-gradient(90deg, ${tokens.colorNeutralBackground4} 0 6px, ${tokens.colorNeutralBackground6} 6px 8px)`,
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase100,
    lineHeight: `${rowHeight}px`,
    paddingLeft: '4px',
    overflow: 'hidden',
    whiteSpace: 'nowrap',
    boxSizing: 'border-box',
  },
  now: {
    position: 'absolute',
    top: 0,
    bottom: 0,
    width: '2px',
    zIndex: 1,
    pointerEvents: 'none',
    backgroundColor: tokens.colorBrandForeground1,
  },
  brush: {
    position: 'absolute',
    top: 0,
    bottom: 0,
    zIndex: 1,
    pointerEvents: 'none',
    backgroundColor: tokens.colorBrandBackground2,
    opacity: 0.6,
    border: `1px solid ${tokens.colorBrandStroke1}`,
    boxSizing: 'border-box',
  },
});

const solid = (background: string, colour: string, border: string) => ({
  backgroundColor: background,
  color: colour,
  borderTopColor: border,
  borderRightColor: border,
  borderBottomColor: border,
  borderLeftColor: border,
});

/** Colour with a pattern or an outline of its own, so that no two states differ by colour alone. */
const barStyles: Record<RunState, GriffelResetStyle> = {
  succeeded: solid(
    tokens.colorStatusSuccessBackground2,
    tokens.colorStatusSuccessForeground2,
    tokens.colorStatusSuccessBorder2,
  ),
  partial: {
    ...solid(
      tokens.colorStatusWarningBackground2,
      tokens.colorStatusWarningForeground2,
      tokens.colorStatusWarningBorder2,
    ),
    borderBottomWidth: '4px',
    lineHeight: '18px',
  },
  // Taller than the others, too: a narrow bar has no room for its sign.
  failed: {
    ...solid(
      tokens.colorStatusDangerBackground3,
      tokens.colorNeutralForegroundOnBrand,
      tokens.colorStatusDangerBackground3,
    ),
    marginTop: '1px',
    height: '30px',
    lineHeight: '28px',
  },
  interrupted: {
    ...solid(
      tokens.colorStatusDangerBackground1,
      tokens.colorStatusDangerForeground1,
      tokens.colorStatusDangerBorder2,
    ),
    borderTopStyle: 'dashed',
    borderBottomStyle: 'dashed',
  },
  missed: {
    ...solid(
      tokens.colorNeutralBackground1,
      tokens.colorPaletteGrapeForeground2,
      tokens.colorPaletteGrapeForeground2,
    ),
    backgroundImage: `repeating-linear-gradient(135deg, ${tokens.colorPaletteGrapeBackground2} 0 4px, ${tokens.colorNeutralBackground1} 4px 7px)`,
  },
  skipped: {
    ...solid('transparent', tokens.colorNeutralForeground2, tokens.colorNeutralForeground3),
    marginTop: '10px',
    height: '12px',
    lineHeight: '10px',
  },
  cancelled: solid(
    tokens.colorNeutralBackground5,
    tokens.colorNeutralForeground1,
    tokens.colorNeutralStroke1,
  ),
  queued: {
    ...solid(tokens.colorNeutralBackground1, tokens.colorNeutralForeground1, tokens.colorNeutralStroke1),
    borderTopStyle: 'dotted',
    borderBottomStyle: 'dotted',
  },
  running: solid(tokens.colorBrandBackground2, tokens.colorBrandForeground2, tokens.colorBrandStroke1),
};

/**
 * One class a state. Styles of single properties would put twenty classes on each of a thousand bars, and a positioned
 * box or one that cuts its text is a layer or a clip of its own for the browser: together that was most of a redraw.
 */
const barClassOf = Object.fromEntries(
  runStates.map((state) => [
    state,
    makeResetStyles({
      gridArea: '1 / 1',
      marginTop: '4px',
      height: '24px',
      boxSizing: 'border-box',
      borderRadius: '3px',
      textAlign: 'center',
      whiteSpace: 'nowrap',
      lineHeight: '22px',
      fontSize: tokens.fontSizeBase200,
      cursor: 'pointer',
      borderWidth: '1px',
      borderStyle: 'solid',
      ...barStyles[state],
    }),
  ]),
) as Record<RunState, () => string>;

export function useBarClasses(): Record<RunState, string> {
  return Object.fromEntries(runStates.map((state) => [state, barClassOf[state]()])) as Record<
    RunState,
    string
  >;
}
