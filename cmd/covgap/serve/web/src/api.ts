// The source behind covgap serve.

import type {Comparison, Limit, Live, MapData, Question, Source} from './source';
import type {Action, Explained, FrontierPoint, LonLat, Plan, Profile, Run, Sample, Village, WhatIf} from './types';

async function answer<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  let text = `${response.status} ${response.statusText}`;
  try {
    text = ((await response.json()) as {error: string}).error;
  } catch {
    // an answer that is no JSON: its status says enough
  }
  throw new Error(text);
}

const get = async <T>(path: string, query: Record<string, string> = {}): Promise<T> => {
  const q = new URLSearchParams(query).toString();
  return answer<T>(await fetch(`api/${path}${q ? '?' + q : ''}`));
};

const post = async <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
  answer<T>(await fetch(`api/${path}`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body), signal: signal ?? null}));

/** Reads a table of numbers. */
function samples(csv: string): Sample[] {
  const [head, ...rows] = csv.replace('\ufeff', '').trim().split(/\r?\n/);
  const names = (head ?? '').split(',');
  return rows.map((row) => Object.fromEntries(row.split(',').map((v, i) => [names[i], Number(v)])) as unknown as Sample);
}

export class ApiSource implements Source {
  readonly live: Live = new ApiLive();

  run(): Promise<Run> {
    return get('run');
  }

  villages(): Promise<Village[]> {
    return get('villages');
  }

  async plan(): Promise<Plan | null> {
    const r = await fetch('api/plan');
    return r.status === 404 ? null : answer<Plan>(r);
  }

  frontier(): Promise<FrontierPoint[]> {
    return get('frontier');
  }

  map(run: Run): MapData {
    const base = new URL('tiles/', document.baseURI).href;
    const url = (kind: string, query = ''): string[] => [`${base}${kind}?v=${run.version}${query}`];
    const [west, south, east, north] = run.bounds;
    const bounds: [number, number, number, number] = [west - 0.05, south - 0.05, east + 0.05, north + 0.05];
    return {
      tiled: true,
      hexes: (layer) => ({type: 'vector', tiles: url('hexes/{z}/{x}/{y}.mvt', layer ? `&layer=${layer}` : ''), maxzoom: run.tiles.max_zoom, bounds}),
      features: {type: 'vector', tiles: url('features/{z}/{x}/{y}.mvt'), maxzoom: run.tiles.max_zoom, promoteId: {villages: 'village_id', sites: 'site_id'}},
      relief: {type: 'raster-dem', encoding: 'terrarium', tiles: url('terrain/{z}/{x}/{y}.png'), tileSize: 512, maxzoom: run.tiles.terrain_max_zoom, bounds: run.tiles.terrain_bounds},
    };
  }

  explain(q: Question): Promise<Explained> {
    if ('at' in q) return get('explain', {at: q.at.map((v) => v.toFixed(6)).join(',')});
    return get('explain', q);
  }

  async profile(from: string, to: string): Promise<Profile> {
    const [path, table] = await Promise.all([get<Profile>('profile', {from, to}), fetch(`api/profile.csv?${new URLSearchParams({from, to})}`)]);
    if (!table.ok) return answer<Profile>(table);
    return {...path, samples: samples(await table.text())};
  }
}

class ApiLive implements Live {
  whatIf(actions: Action[], signal: AbortSignal): Promise<WhatIf> {
    return post('whatif', {actions, hexes: 'level'}, signal);
  }

  async snap(at: LonLat, radiusM: number, heightM: number): Promise<LonLat> {
    const best = await get<{longitude: number; latitude: number}>('snap', {lon: at[0].toFixed(6), lat: at[1].toFixed(6), radius_m: String(radiusM), height_m: String(heightM)});
    return [best.longitude, best.latitude];
  }

  solve(limit: Limit, signal: AbortSignal): Promise<Plan> {
    return post('plan', limit, signal);
  }

  async save(name: string, actions: Action[]): Promise<string> {
    return (await post<{file: string}>('plan/save', {name, actions})).file;
  }

  compare(a: string, b: string): Promise<Comparison> {
    return get('compare', {a, b});
  }
}
