// Prints a PMTiles archive as JSON: header, metadata, and of the tiles named z/x/y the
// layers with their features, or null for a tile that is not there.
import { readFile } from 'node:fs/promises'
import { VectorTile } from '@mapbox/vector-tile'
import { PbfReader } from 'pbf'
import { PMTiles } from 'pmtiles'

const [path, ...names] = process.argv.slice(2)
const file = await readFile(path)
const archive = new PMTiles({
  getKey: () => path,
  getBytes: async (offset, length) => ({ data: file.buffer.slice(file.byteOffset + offset, file.byteOffset + Math.min(offset + length, file.length)) }),
})
const { specVersion, numAddressedTiles, numTileEntries, numTileContents, clustered, internalCompression, tileCompression, tileType, minZoom, maxZoom, minLon, minLat, maxLon, maxLat, centerZoom } = await archive.getHeader()
const tiles = {}
for (const name of names) {
  const [z, x, y] = name.split('/').map(Number)
  const tile = await archive.getZxy(z, x, y)
  tiles[name] = null
  if (tile) {
    const { layers } = new VectorTile(new PbfReader(new Uint8Array(tile.data)))
    tiles[name] = Object.fromEntries(Object.entries(layers).map(([id, l]) => [id, {
      version: l.version,
      features: Array.from({ length: l.length }, (_, i) => l.feature(i).toGeoJSON(x, y, z)),
    }]))
  }
}
console.log(JSON.stringify({
  header: { specVersion, numAddressedTiles, numTileEntries, numTileContents, clustered, internalCompression, tileCompression, tileType, minZoom, maxZoom, minLon, minLat, maxLon, maxLat, centerZoom },
  metadata: await archive.getMetadata(),
  tiles,
}))
