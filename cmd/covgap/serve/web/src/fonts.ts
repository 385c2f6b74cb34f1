// Be Vietnam Pro, in the parts that Fontsource cuts it into; SIL Open Font License 1.1.
// The map draws its labels with these files and never with the system's fonts.

import latin from '@fontsource/be-vietnam-pro/files/be-vietnam-pro-latin-400-normal.woff2?url';
import vietnamese from '@fontsource/be-vietnam-pro/files/be-vietnam-pro-vietnamese-400-normal.woff2?url';
import type {FontFacesSpecification} from '@maplibre/maplibre-gl-style-spec';

const absolute = (url: string): string => new URL(url, document.baseURI).href;

// The ranges of Fontsource's be-vietnam-pro/400.css.
export const fontFaces: FontFacesSpecification = {
  UI: [
    {
      url: absolute(vietnamese),
      'unicode-range': ['U+0102-0103', 'U+0110-0111', 'U+0128-0129', 'U+0168-0169', 'U+01A0-01A1', 'U+01AF-01B0', 'U+0300-0301', 'U+0303-0304', 'U+0308-0309', 'U+0323', 'U+0329', 'U+1EA0-1EF9', 'U+20AB'],
    },
    {url: absolute(latin)},
  ],
};

/** Ends when the page's letters are there, of each weight and part. Without them the page is shown in others. */
export async function fontsLoaded(): Promise<void> {
  await Promise.allSettled([400, 600].map((weight) => document.fonts.load(`${weight} 13px 'Be Vietnam Pro'`, 'aộ')));
}
