/** A table as one Parquet file, for whoever reads it with other tools. */

import { parquetWriteBuffer } from 'hyparquet-writer';

/** All columns of a table have as many cells; null where a row has none. */
export type TableColumn = { readonly name: string } & (
  | { readonly type: 'text'; readonly cells: readonly (string | null)[] }
  | { readonly type: 'number'; readonly cells: readonly (number | null)[] }
);

/** The bytes of the file. */
export function parquetTable(columns: readonly TableColumn[]): Uint8Array {
  const columnData = columns.map(({ name, type, cells }) => ({
    name,
    data: [...cells],
    type: type === 'text' ? ('STRING' as const) : ('DOUBLE' as const),
    nullable: true,
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData, createdBy: 'bifrost' }));
}
