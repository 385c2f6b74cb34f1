// Reading coordinates as people paste them: decimal degrees, degrees-minutes-seconds,
// VN-2000 in metres.

import type {LonLat} from './types';

const rad = Math.PI / 180;

/** Reads a place; near helps where a text could mean two, and crs is that of metres without a code. Null when it is none. */
export function parsePlace(text: string, near: LonLat, crs = ''): LonLat | null {
  // The page writes an id behind some places, and numbers with a minus sign of their own.
  const clean = text.split(' · ')[0]!.trim().normalize('NFC').replaceAll('−', '-');
  const usual = /\d{4}/.exec(crs)?.[0];
  return dms(clean) ?? plain(vietnamese(clean), near, usual) ?? grouped(clean, near, usual);
}

// Two numbers with decimal commas, as the page and the report write them in Vietnamese.
function vietnamese(text: string): string {
  return /^[-+]?\d+,\d+\s*[,;\s]\s*[-+]?\d+,\d+$/.test(text) ? text.replace(/(\d),(\d+)\s*[,;\s]\s*([-+]?\d+),/, '$1.$2 $3.') : text;
}

// Metres with thousands set apart: X 2.519.529 Y 461.461, N 2,519,529 E 461,461.
function grouped(text: string, near: LonLat, usual: string | undefined): LonLat | null {
  const words = text.replace(/EPSG:\d+/i, ' ').split(/[\sXYNE=:;()]+|,(?=\s|$)/i).filter((w) => w !== '');
  const metres = words.map((w) => {
    if (/^\d{1,3}(\.\d{3})+(,\d+)?$/.test(w)) return Number(w.replaceAll('.', '').replace(',', '.'));
    if (/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(w)) return Number(w.replaceAll(',', ''));
    return /^\d+(\.\d+)?$/.test(w) ? Number(w) : NaN;
  });
  const [a, b] = metres;
  if (metres.length !== 2 || !(a! > 1000) || !(b! > 1000)) return null;
  return vn2000(a!, b!, near, /EPSG:(\d{4})/i.exec(text)?.[1] ?? usual);
}

// 22°33'00"N 105°23'54"E, also with B (Bắc) and Đ (Đông), with ′ ″, or with blanks.
function dms(text: string): LonLat | null {
  const part = /(\d{1,3}(?:[.,]\d+)?)\s*[°d]\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*['′’m]\s*)?(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:"|″|”|''|s)\s*)?([NSEWBNĐT])?/giu;
  const found = [...text.matchAll(part)];
  if (found.length !== 2) return null;
  const read = found.map((m) => {
    const n = (s: string | undefined): number => Number((s ?? '0').replace(',', '.'));
    return {v: n(m[1]) + n(m[2]) / 60 + n(m[3]) / 3600, letter: (m[4] ?? '').toUpperCase()};
  });
  const [a, b] = read as [(typeof read)[0], (typeof read)[0]];
  // East is E or Đ(ông), west W or T(ây); north N or B(ắc), south S. "N" is never Nam here:
  // a letter E or Đ beside it says which language is meant only for the axis it names.
  const isLon = (l: string): boolean => l === 'E' || l === 'W' || l === 'Đ' || l === 'T';
  const sign = (l: string): number => (l === 'S' || l === 'W' || l === 'T' ? -1 : 1);
  const lonFirst = isLon(a.letter) || (b.letter !== '' && !isLon(b.letter)) || (a.letter === '' && b.letter === '' && a.v > 90);
  const lat = lonFirst ? b : a;
  const lon = lonFirst ? a : b;
  return onEarth([lon.v * sign(lon.letter), lat.v * sign(lat.letter)]);
}

// Two numbers: degrees, or metres of VN-2000.
function plain(text: string, near: LonLat, usual: string | undefined): LonLat | null {
  const numbers = text.match(/[-+]?\d+(?:\.\d+)?/g);
  if (!numbers || /\d\.\d+\.\d/.test(text) || !/^[\sXYxy=:;,.\d+\-()EPSGepsg/°]*$/u.test(text)) return null;
  const code = /EPSG:?\s*(\d{4})/i.exec(text)?.[1];
  const [a, b] = numbers.map(Number).filter((n) => String(n) !== code) as [number, number];
  if (a === undefined || b === undefined || !Number.isFinite(a) || !Number.isFinite(b)) return null;
  if (Math.abs(a) > 1000 && Math.abs(b) > 1000) return vn2000(a, b, near, code ?? usual);
  // Latitude comes first, as people write it, unless only the other order is possible or near.
  const far = (p: LonLat): number => Math.hypot(p[0] - near[0], p[1] - near[1]);
  const options = ([[b, a], [a, b]] as LonLat[]).filter((p) => onEarth(p) !== null);
  options.sort((p, q) => (Math.min(far(p), far(q)) < 5 ? far(p) - far(q) : 0));
  return options[0] ?? null;
}

function onEarth(p: LonLat): LonLat | null {
  return Math.abs(p[1]) <= 90 && Math.abs(p[0]) <= 180 ? p : null;
}

// Central meridians of VN-2000 / TM-3, by EPSG code; each province has one.
const meridians: Record<string, number> = {
  9205: 103, 9206: 104, 9207: 104.5, 9208: 104.75, 9209: 105.5, 9210: 105.75, 9211: 106, 9212: 106.25, 9213: 106.5, 9214: 107,
  9215: 107.25, 9216: 107.5, 9217: 107.75, 9218: 108.25, 5896: 102, 5897: 105, 5898: 108, 5899: 107.75,
};

/**
 * VN-2000 / TM-3 to WGS 84. Surveyors write X for north and Y for east; the order does not
 * matter, as in Vietnam a northing exceeds 900 km and an easting does not. Without a code the
 * meridian is the one at which the point comes nearest to near.
 */
export function vn2000(a: number, b: number, near: LonLat, code?: string): LonLat | null {
  const northing = Math.max(a, b);
  const easting = Math.min(a, b);
  if (northing < 8e5 || northing > 2.7e6 || easting < 1e5 || easting > 9e5) return null;
  const options = (code ? [meridians[code]] : Object.values(meridians)).filter((m) => m !== undefined).map((m) => toWGS84(inverse(easting, northing, m)));
  options.sort((p, q) => Math.abs(p[0] - near[0]) - Math.abs(q[0] - near[0]));
  return options[0] ?? null;
}

// WGS 84's ellipsoid, which VN-2000 shares.
const majorM = 6378137;
const flattening = 1 / 298.257223563;
const third = flattening / (2 - flattening);
const eccentricity2 = flattening * (2 - flattening);
const scale = 0.9999;
const falseEastingM = 500000;

// Transverse Mercator's inverse: Krüger's series of 1912, as in EPSG guidance note 7-2, section
// 3.5.3.1, to the fourth power of the third flattening (below a millimetre within the zone).
function inverse(eastingM: number, northingM: number, meridianDeg: number): LonLat {
  const n = third;
  const radius = (majorM / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
  const h1 = n / 2 - (2 / 3) * n ** 2 + (37 / 96) * n ** 3 - (1 / 360) * n ** 4;
  const h2 = n ** 2 / 48 + n ** 3 / 15 - (437 / 1440) * n ** 4;
  const h3 = (17 / 480) * n ** 3 - (37 / 840) * n ** 4;
  const h4 = (4397 / 161280) * n ** 4;
  const eta = (eastingM - falseEastingM) / (radius * scale);
  const xi = northingM / (radius * scale);
  let xi0 = xi;
  let eta0 = eta;
  [h1, h2, h3, h4].forEach((h, i) => {
    const k = 2 * (i + 1);
    xi0 -= h * Math.sin(k * xi) * Math.cosh(k * eta);
    eta0 -= h * Math.cos(k * xi) * Math.sinh(k * eta);
  });
  const beta = Math.asin(Math.sin(xi0) / Math.cosh(eta0));
  const q = Math.asinh(Math.tan(beta));
  const e = Math.sqrt(eccentricity2);
  let isometric = q;
  for (let i = 0; i < 6; i++) isometric = q + e * Math.atanh(e * Math.tanh(isometric));
  return [meridianDeg + Math.asin(Math.tanh(eta0) / Math.cos(beta)) / rad, Math.atan(Math.sinh(isometric)) / rad];
}

// EPSG:6960, VN-2000 to WGS 84, a coordinate-frame rotation; heights at the ellipsoid.
function toWGS84([lon, lat]: LonLat): LonLat {
  const sinLat = Math.sin(lat * rad);
  const nu = majorM / Math.sqrt(1 - eccentricity2 * sinLat * sinLat);
  const x = nu * Math.cos(lat * rad) * Math.cos(lon * rad);
  const y = nu * Math.cos(lat * rad) * Math.sin(lon * rad);
  const z = nu * (1 - eccentricity2) * sinLat;
  const arc = rad / 3600;
  const [rx, ry, rz] = [-0.00928836 * arc, 0.01975479 * arc, -0.00427372 * arc];
  const m = 1 + 0.252906278e-6;
  const X = -191.90441429 + m * (x + rz * y - ry * z);
  const Y = -39.30318279 + m * (-rz * x + y + rx * z);
  const Z = -111.45032835 + m * (ry * x - rx * y + z);
  const p = Math.hypot(X, Y);
  let phi = Math.atan2(Z, p * (1 - eccentricity2));
  for (let i = 0; i < 6; i++) {
    const N = majorM / Math.sqrt(1 - eccentricity2 * Math.sin(phi) ** 2);
    phi = Math.atan2(Z + eccentricity2 * N * Math.sin(phi), p);
  }
  return [Math.atan2(Y, X) / rad, phi / rad];
}

/** The distance in metres between two near points. */
export function distanceM(a: LonLat, b: LonLat): number {
  const sin = Math.sin(((b[1] - a[1]) * rad) / 2) ** 2 + Math.cos(a[1] * rad) * Math.cos(b[1] * rad) * Math.sin(((b[0] - a[0]) * rad) / 2) ** 2;
  return 2 * 6371008.8 * Math.asin(Math.sqrt(sin));
}
