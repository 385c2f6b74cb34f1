// Colours: blue, orange and dark purple keep apart for readers who see no red or green and
// on a grey printer, as they differ in lightness too. They are those of coverage.png.

import type {Class} from './types';

export const classColour: Record<Class, string> = {served: '#3a86c4', weak: '#f5a630', none: '#6a1e62', not_counted: '#9aa0a6'};

/** Of marks and texts: dark enough on white. */
export const classInk: Record<Class, string> = {served: '#0c4a82', weak: '#a85200', none: '#540c4e', not_counted: '#5c626b'};

/** Of marks that are uncertain. */
export const classTint: Record<Class, string> = {served: '#ffffff', weak: '#fde6bd', none: '#e0c6e4', not_counted: '#ffffff'};

/** Behind the map, as style.css and report.css have it. */
export const ground = '#eef0ee';

export const planInk = '#00695c';
export const askedInk = '#111827';

/**
 * The steps of the level, upwards, in dBm: below the first is the first colour. Blue, orange and
 * purple mean about what they mean of classes.
 */
export const levelSteps = [-130, -120, -115, -110, -105, -95, -85];
export const levelColours = ['#6a1e62', '#a46a9f', '#f08c1a', '#fbc677', '#b5d4ea', '#7fb2d9', '#3a7fbd', '#0c3f73'];

export const diff = {gained: '#00897b', lost: '#c0267e', better: '#9fdcd3', weaker: '#efb3d2'};
