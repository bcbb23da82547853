import {
  makeStyles,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
} from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({ scroller: { overflowX: 'auto' } });

interface SmallTableProps {
  label: string;
  titles: readonly string[];
  rows: readonly { key: string; cells: readonly ReactNode[] }[];
}

/** A few rows inside a drawer; long lists have the virtual table. */
export function SmallTable({ label, titles, rows }: SmallTableProps) {
  const styles = useStyles();
  return (
    <div className={styles.scroller} tabIndex={0} role="region" aria-label={label}>
      <Table size="small" aria-label={label}>
        <TableHeader>
          <TableRow>
            {titles.map((title) => (
              <TableHeaderCell key={title}>{title}</TableHeaderCell>
            ))}
          </TableRow>
        </TableHeader>
        <TableBody>
          {rows.map(({ key, cells }) => (
            <TableRow key={key}>
              {cells.map((cell, column) => (
                <TableCell key={titles[column]}>{cell}</TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}
