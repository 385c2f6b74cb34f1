import type {Plugin} from 'vite';

// MapLibre's shader of pictures can fade them, turn their hues and change their contrast,
// pixel by pixel, whether asked to or not: on the processor this costs more than all else
// of the map. The page asks for opacity alone, so that this shader draws the same. Textures
// are multiplied by their alpha already.
const plain = 'uniform float u_opacity;uniform sampler2D u_image0;in vec3 v_pos0;void main() {fragColor=texture(u_image0,v_pos0.xy/v_pos0.z)*u_opacity;}';

/** Draws pictures with the plain shader. */
export const plainRaster: Plugin = {
  name: 'plain-raster',
  transform(code, id) {
    if (!id.endsWith('/maplibre-gl/dist/maplibre-gl.mjs')) return null;
    const shader = /uniform float u_fade_t;uniform float u_opacity;[^`]*?#endif\s*\}/g;
    if (code.match(shader)?.length !== 1) throw new Error('plain-raster: MapLibre has another shader of pictures: compare src/shaders/glsl/raster.fragment.glsl');
    return {code: code.replace(shader, plain), map: null};
  },
};
