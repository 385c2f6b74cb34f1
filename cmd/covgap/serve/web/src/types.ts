// What the server answers. Names, units and meaning are those of the output files
// (docs/formats.md) and of the command line's --json.

import type {FeatureCollection} from 'geojson';

export type Class = 'served' | 'weak' | 'none' | 'not_counted';
export type Certainty = 'surely_weak' | 'uncertain' | 'surely_served';
export type Cause = 'technology' | 'operator' | 'beam' | 'behind_trees' | 'behind_terrain' | 'power' | 'out_of_range';
export type LonLat = [number, number];

export interface Threshold {
  served_dbm: number;
  no_signal_dbm: number;
}

export interface Criterion {
  name: string;
  version: number;
  rule: 'people' | 'households' | 'area' | 'centre';
  target_share: number;
  thresholds: Record<string, Threshold>;
  location_probability: number;
  sigma_db: number;
  indoor: boolean;
  receiver_height_m: number;
  receiver_gain_dbi: number;
  body_loss_db: number;
  operators: string;
  operator?: string;
  min_households: number;
}

export interface Assumption {
  input?: string;
  column: string;
  value: string;
  rows: number;
  source: string;
}

export interface Layer {
  id: string;
  operator: string;
  technology: string;
  carrier: string;
  frequency_mhz: number;
  sectors: number;
}

export interface Run {
  program: string;
  project: string;
  synthetic: boolean;
  network_date?: string;
  version: string;
  lang: 'en' | 'vi';
  bounds: [number, number, number, number];
  centre: LonLat;
  counts: Record<string, number>;
  plan?: {objective: string; weight_unit: string; currency: string; targets: number};
  criterion: Criterion;
  model: {name: string; source: string; calibration?: unknown; resolution: number; radius_km: number; receiver_height_m: number};
  declared: Record<string, number>;
  sensitivity: {shift_db: number; gaps: number; people_unserved: number}[];
  robustness?: {
    sigma_db: number; bias_db: number; draws: number; sure_share: number;
    surely_weak: number; uncertain: number; surely_served: number; uncertain_gaps: number; second_model?: string; second_model_disagrees?: number;
  };
  terrain: {surface: string; spacing_m: number};
  defaults: Assumption[];
  warnings: unknown[];
  /** The coordinate system of e_vn2000 and n_vn2000, such as EPSG:9210. */
  coordinates?: string;
  layers: Layer[];
  templates: string[];
  /** The last day of each year on which sectors went on or off the air. */
  dates: string[];
  tiles: {max_zoom: number; terrain_max_zoom: number; terrain_bounds: [number, number, number, number]};
}

export interface Village {
  village_id: string;
  name: string | null;
  commune_code: string | null;
  commune: string | null;
  class: Class;
  declared_status: Class | null;
  target: boolean;
  served_share: number;
  signal_share: number;
  margin_db: number | null;
  population: number | null;
  population_estimated: boolean;
  households: number | null;
  people_unserved: number | null;
  grid_power: boolean | null;
  centre_lon: number;
  centre_lat: number;
  cause: Cause | null;
  certainty: Certainty | null;
  weak_probability: number | null;
  itm_agrees: boolean | null;
  bbox: [number, number, number, number];
}

/** A row of plan.csv, as far as the page shows it. */
export interface PlanRow {
  rank: number;
  action: string;
  template: string;
  site_id: string;
  commune: string;
  longitude: number;
  latitude: number;
  operator: string;
  technology: string;
  cost: number;
  currency: string;
  people_new: number | null;
  people_cumulative: number | null;
  villages_cumulative: number;
}

export interface Plan {
  objective: {goal: 'eliminate' | 'budget' | 'count'; budget?: number; count?: number};
  value: number;
  /** Missing, as gap is, where nothing was chosen. */
  bound?: number;
  gap?: number;
  proven: boolean;
  meaning: string;
  currency: string;
  cost: number;
  weight_unit: string;
  people_new: number;
  targets: number;
  villages_served: number;
  templates: {name: string; antenna_height_m: number; electrical_tilt_deg: number; sectors: number}[];
  rows: PlanRow[];
}

export interface FrontierPoint {
  budget: number | null;
  count: number | null;
  value: number;
  bound: number;
  actions: number;
  cost: number;
  nested: number;
  price_of_nested: number;
  currency: string;
  /** What is built; not in a report. */
  choice?: {action: string; template?: string; place: string; longitude: number; latitude: number; cost: number; villages: string[] | null}[];
}

export interface Ridge {
  longitude: number;
  latitude: number;
  from_site_km: number;
  height_m: number;
  above_line_m: number;
  fresnel_share: number;
}

export interface Link {
  site_id: string;
  sector_id: string;
  operator: string;
  technology: string;
  frequency_mhz: number;
  distance_km: number;
  azimuth_deg: number;
  level_dbm: number;
  required_dbm: number;
  margin_db: number;
  off_beam_db: number;
  line_of_sight: boolean;
  azimuth_assumed: boolean;
  ridge: Ridge | null;
}

export interface Counterfactual {
  cause: Cause;
  serves: boolean;
  site_id: string;
  sector_id: string;
  level_dbm: number | null;
  margin_db: number | null;
  gain_db: number | null;
}

export interface HexExplained {
  kind: 'hex';
  hex_id: string;
  longitude: number;
  latitude: number;
  class: Class;
  operator: string;
  cause: Cause | '';
  links: Link[];
  counterfactuals: Counterfactual[];
  beyond_radius: unknown;
}

/** One thing that can be built, in the form of plan.yaml. */
export interface Action {
  action: string;
  template?: string;
  site_id?: string;
  sector_id?: string;
  parent_site?: string;
  longitude?: number;
  latitude?: number;
  antenna_height_m?: number;
  structure_height_m?: number;
  /** One a sector, rising. */
  azimuth_deg?: number[];
  electrical_tilt_deg?: number;
  mechanical_tilt_deg?: number;
  operator?: string;
  technology?: string;
  frequency_mhz?: number;
  eirp_dbm?: number;
}

export interface Remedy {
  action: Action;
  meets: boolean;
  gain_db: number | null;
  margin_db: number | null;
  class_after: Class;
  served_share_after: number;
  people_gained: number;
  people_lost: number;
}

export interface VillageExplained {
  kind: 'village';
  village_id: string;
  name: string;
  commune: string;
  class: Class;
  declared_status: Class | '';
  served_share: number;
  signal_share: number;
  population: number;
  people_unserved: number;
  cause: Cause | '';
  cause_share: number;
  causes: {cause: Cause; share: number}[];
  hex: HexExplained | null;
  remedies: Remedy[];
}

export interface SectorExplained {
  sector_id: string;
  operator: string;
  technology: string;
  frequency_mhz: number;
  antenna_height_m: number;
  azimuth_deg: number | null;
  tilt_deg: number;
  eirp_dbm: number;
  counts: boolean;
  hexes: number;
  people: number;
}

export interface SiteExplained {
  kind: 'site';
  site_id: string;
  name: string;
  longitude: number;
  latitude: number;
  structure_height_m: number | null;
  people: number;
  sectors: SectorExplained[];
  villages: {village_id: string; name: string; commune: string; people: number; share: number}[];
  alone: {village_id: string; name: string; commune: string; people: number}[];
}

export type Explained = VillageExplained | HexExplained | SiteExplained;

export interface ProfileEnd {
  kind: string;
  id: string;
  name: string;
  longitude: number;
  latitude: number;
  ground_m: number;
  height_m: number;
}

export interface Profile {
  a: ProfileEnd;
  b: ProfileEnd;
  distance_m: number;
  azimuth_deg: number;
  frequency_mhz: number;
  line_of_sight: boolean;
  ridge: {longitude: number; latitude: number; from_a_m: number; height_m: number; above_line_m: number; fresnel_radius_m: number} | null;
  losses: {model: string; of_project: boolean; loss_db: number | null}[];
  samples: Sample[];
}

/** A sample of a profile, from a to b: a row of covgap profile --csv. */
export interface Sample {
  distance_m: number;
  longitude: number;
  latitude: number;
  /** Of the ground above sea level. */
  terrain_m: number;
  /** What the Earth's curvature adds to it, so that rays are straight. */
  bulge_m: number;
  /** Of the straight line between the antennas. */
  line_m: number;
  /** Of the first Fresnel zone. */
  fresnel_radius_m: number;
}

export interface Tally {
  served: number;
  weak: number;
  none: number;
  gaps: number;
  people_unserved: number;
}

export interface WhatIf {
  actions: Action[];
  before: Tally;
  after: Tally;
  villages_gained: number;
  villages_lost: number;
  people_gained: number;
  people_lost: number;
  villages: {village_id: string; name: string; commune: string; class_before: Class; class_after: Class; people_gained: number}[];
  /** Hexes whose class or level differs, with class_before, class_after, signal_before_dbm and signal_after_dbm. */
  hexes: FeatureCollection;
}
