// The source behind covgap serve.

import {pictureZoom} from './map';
import type {Comparison, Folder, Hex, Limit, Live, MapData, Question, Saved, Snapped, Source} from './source';
import type {Action, Explained, FrontierPoint, LonLat, Plan, PlanRow, Profile, Run, Sample, Village, WhatIf} from './types';

/** An answer that is an error, with its HTTP status. */
class Refused extends Error {
  constructor(text: string, readonly status: number) {
    super(text);
  }
}

async function answer<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  let text = `${response.status} ${response.statusText}`;
  try {
    text = ((await response.json()) as {error: string}).error;
  } catch {
    // an answer that is no JSON: its status says enough
  }
  throw new Refused(text, response.status);
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

/** An action of a plan.yaml, as the server answers with it. */
interface PlannedAction extends Action {
  rank: number;
  cost?: number;
  villages?: string[];
  people_new?: number;
  people_cumulative?: number;
  villages_cumulative?: number;
  power?: string;
  backhaul?: string;
}

/** An action as a row of plan.csv. */
function row(a: PlannedAction, currency: string): PlanRow {
  return {
    rank: a.rank, action: a.action, template: a.template ?? '', site_id: a.site_id ?? '', commune: '', longitude: a.longitude ?? 0, latitude: a.latitude ?? 0,
    operator: a.operator ?? '', technology: a.technology ?? '', cost: a.cost ?? 0, currency, people_new: a.people_new ?? 0,
    people_cumulative: a.people_cumulative ?? 0, villages_cumulative: a.villages_cumulative ?? 0,
  };
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
      hexes: (layer) => ({type: 'vector', tiles: url('hexes/{z}/{x}/{y}.mvt', layer ? `&layer=${layer}` : ''), minzoom: pictureZoom, maxzoom: run.tiles.max_zoom, bounds}),
      pictures: (layer, colour) => ({type: 'raster', tiles: url('pictures/{z}/{x}/{y}.png', `&colour=${colour}${layer ? `&layer=${layer}` : ''}`), tileSize: 512, maxzoom: pictureZoom, bounds}),
      features: {type: 'vector', tiles: url('features/{z}/{x}/{y}.mvt'), maxzoom: run.tiles.max_zoom, promoteId: {villages: 'village_id', sites: 'site_id'}},
      relief: {type: 'raster', tiles: url('relief/{z}/{x}/{y}.png'), tileSize: 512, maxzoom: run.tiles.terrain_max_zoom, bounds: run.tiles.terrain_bounds},
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
  folder(): Promise<Folder> {
    return get('state');
  }

  hex(at: LonLat, layer: string): Promise<Hex | null> {
    return get('hex', {lon: at[0].toFixed(6), lat: at[1].toFixed(6), ...(layer && {layer})});
  }

  whatIf(actions: Action[], signal: AbortSignal): Promise<WhatIf> {
    return post('whatif', {actions, hexes: 'level'}, signal);
  }

  snap(at: LonLat, radiusM: number, template: string): Promise<Snapped> {
    return get('snap', {lon: at[0].toFixed(6), lat: at[1].toFixed(6), radius_m: String(radiusM), template});
  }

  async solve(limit: Limit, signal: AbortSignal): Promise<Plan> {
    const objective = limit.goal === 'count' ? {goal: 'count', count: limit.limit} : {goal: 'budget', budget: limit.limit};
    const plan = await post<Plan & {actions: PlannedAction[] | null}>('plan', {objective, must: limit.must, must_not: limit.must_not, draft: true}, signal);
    return {...plan, rows: (plan.actions ?? []).map((a) => row(a, plan.currency))};
  }

  async save(name: string, actions: Action[], replace: boolean): Promise<Saved | null> {
    try {
      return await post<Saved>(`plans/${encodeURIComponent(name)}${replace ? '?replace=true' : ''}`, {actions});
    } catch (error) {
      if (error instanceof Refused && error.status === 409) return null;
      throw error;
    }
  }

  async saved(): Promise<string[]> {
    return (await get<{file: string}[]>('plans')).map((p) => p.file);
  }

  compare(a: string, b: string): Promise<Comparison> {
    const day = /^\d{4}-\d{2}-\d{2}$/;
    return get('compare', {...(day.test(a) && day.test(b) ? {dates: `${a},${b}`} : {a, b}), villages: 'gaps'});
  }
}
