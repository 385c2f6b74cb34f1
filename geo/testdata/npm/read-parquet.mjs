// Prints a Parquet file as JSON: schema, metadata under the key "geo", and the first
// rows with geometries decoded by hyparquet.
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const file = await asyncBufferFromFile(process.argv[2])
const metadata = await parquetMetadataAsync(file)
const rows = await parquetReadObjects({ file, compressors, rowEnd: Number(process.argv[3] ?? 10) })
const plain = (_, v) => (typeof v === 'bigint' ? Number(v) : v)
console.log(JSON.stringify({
  columns: parquetSchema(metadata).children.map((c) => ({
    name: c.element.name, type: c.element.type, logical: c.element.logical_type?.type,
  })),
  codecs: [...new Set(metadata.row_groups.flatMap((g) => g.columns.map((c) => c.meta_data.codec)))],
  count: metadata.num_rows,
  geo: JSON.parse(metadata.key_value_metadata.find((m) => m.key === 'geo').value),
  rows,
}, plain))
