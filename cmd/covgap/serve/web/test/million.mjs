// Makes of the sample province a project of more than a million hexes: everything drawn
// 1.57 times as far apart, with as many villages and sites again beside those there are.
// node million.mjs DEMO FOLDER, then covgap run -p FOLDER, and measure.mjs on covgap serve -p FOLDER.
// The terrain stays where it is, and a sector reaches 6 km, so that the run takes minutes.

import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';

const [from, to] = process.argv.slice(2);
const stretch = 1.57; // 2.46 times the area
const about = [106, 22.72]; // of the terrain
const beside = 0.013; // degrees between a thing and its copy
const copies = [0, 1];

const place = ([lon, lat], copy = 0) => [about[0] + (lon - about[0]) * stretch + copy * beside, about[1] + (lat - about[1]) * stretch + copy * beside].map((v) => Number(v.toFixed(6)));
const read = (name) => readFileSync(join(from, name), 'utf8');
const write = (name, text) => writeFileSync(join(to, name), text);
const suffix = (id, copy) => (copy === 0 ? id : `${id}x`);

/** A file of areas or lines, and of how many of each. */
function features(name, times) {
  const all = JSON.parse(read(name));
  const moved = (c, copy) => (typeof c[0] === 'number' ? place(c, copy) : c.map((x) => moved(x, copy)));
  all.features = times.flatMap((copy) => all.features.map((f) => {
    const p = {...f.properties};
    if (p.id !== undefined) p.id = suffix(p.id, copy);
    if (p.centre_lon !== undefined) [p.centre_lon, p.centre_lat] = place([p.centre_lon, p.centre_lat], copy);
    return {...f, properties: p, geometry: {...f.geometry, coordinates: moved(f.geometry.coordinates, copy)}};
  }));
  write(name, JSON.stringify(all));
}

mkdirSync(to, {recursive: true});
for (const name of ['communes.geojson', 'roads.geojson', 'power_lines.geojson', 'fibre.geojson']) features(name, [0]);
features('villages.geojson', copies);
const [head, ...rows] = read('sites.csv').trimEnd().split('\n');
const columns = head.replace('\ufeff', '').split(',');
const [site, sector, lon, lat] = ['site_id', 'sector_id', 'longitude', 'latitude'].map((c) => columns.indexOf(c));
write('sites.csv', [head, ...copies.flatMap((copy) => rows.map((row) => {
  const f = row.split(',');
  [f[lon], f[lat]] = place([Number(f[lon]), Number(f[lat])], copy);
  f[site] = suffix(f[site], copy);
  f[sector] = suffix(f[sector], copy);
  return f.join(',');
}))].join('\n') + '\n');
symlinkSync(resolve(from, 'terrain'), join(to, 'terrain'));
write('covgap.yaml', read('covgap.yaml').replace('radius_km: 20', 'radius_km: 6').replace('surface: dsm', 'surface: dsm\n    allow_missing_terrain: true'));
